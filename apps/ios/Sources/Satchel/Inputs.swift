/// What a model takes: docs/bundle.md, sections 4 to 6.
public enum Input: Sendable, Equatable {
    case image(ImageInput)
    case text(TextInput)
    case latent(LatentInput)
}

/// An image. Its tensor is `pixel * scale + offset`, (1, height, width, channels).
public struct ImageInput: Sendable, Equatable {
    /// The height in pixels.
    public var height: Int

    /// The width in pixels.
    public var width: Int

    /// The number of channels: 3, or 1 for `0.299 R + 0.587 G + 0.114 B`.
    public var channels = 3

    /// How an image is brought to the model's aspect ratio.
    public var fit = Fit.stretch

    /// The sRGB colour behind transparent pixels.
    public var background = RGBColor(red: 255, green: 255, blue: 255)

    /// One factor, or one for each channel; none is 0.
    public var scale = [1.0]

    /// One summand, or one for each channel.
    public var offset = [0.0]

    /// The order of the channels in the tensor.
    public var channelOrder = ChannelOrder.rgb

    /// The sRGB colour around a letterboxed image.
    public var padding = RGBColor(red: 0, green: 0, blue: 0)
}

/// How an image is brought to the model's aspect ratio. The raw value is the name in a card.
public enum Fit: String, Sendable, CaseIterable {
    /// Scales each side on its own.
    case stretch

    /// First cuts out the largest centred piece of the model's aspect ratio.
    case crop

    /// Keeps the image's aspect ratio and centres it on a colour.
    case letterbox
}

/// The order of the channels in a tensor. It is applied after scale and offset. The raw value is
/// the name in a card.
public enum ChannelOrder: String, Sendable, CaseIterable {
    case rgb
    case bgr
}

/// A colour in sRGB.
public struct RGBColor: Sendable, Equatable {
    /// The level of red, 0 to 255.
    public var red: UInt8

    /// The level of green, 0 to 255.
    public var green: UInt8

    /// The level of blue, 0 to 255.
    public var blue: UInt8
}

/// A text. Its tensor is token ids, int32 (1, length), or it has several such tensors.
public struct TextInput: Sendable, Equatable {
    /// The number of ids that the model takes.
    public var length: Int

    /// What turns a text into ids.
    public var tokenizer: TokenizerSpec

    /// The tensors that a text becomes, ``TextTensor/ids`` first.
    public var tensors = [TextTensor.ids]
}

/// What a tensor of a text holds. The raw value is the name in a card.
public enum TextTensor: String, Sendable, CaseIterable {
    /// The ids of the text's tokens, filled up with padding.
    case ids

    /// 1 where ``ids`` has an id and 0 where it has padding.
    case mask

    /// Zeros.
    case segments
}

/// Numbers from -1 to 1, float32 (1, length), which are drawn from a ``Seed``.
public struct LatentInput: Sendable, Equatable {
    /// How many numbers the model takes.
    public var length: Int
}
