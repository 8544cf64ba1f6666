package satchel

/** What a model takes: docs/bundle.md, sections 4 to 6. */
public sealed interface Input

/**
 * An image. Its tensor is `pixel * scale + offset`, (1, height, width, channels).
 *
 * @property height the height in pixels
 * @property width the width in pixels
 * @property channels the number of channels: 3, or 1 for `0.299 R + 0.587 G + 0.114 B`
 * @property fit how an image is brought to the model's aspect ratio
 * @property background the sRGB colour behind transparent pixels
 * @property scale one factor, or one for each channel; none is 0
 * @property offset one summand, or one for each channel
 * @property channelOrder the order of the channels in the tensor
 * @property padding the sRGB colour around a letterboxed image
 */
public data class ImageInput(
    public val height: Int,
    public val width: Int,
    public val channels: Int = 3,
    public val fit: Fit = Fit.STRETCH,
    public val background: Color = Color(255, 255, 255),
    public val scale: List<Double> = listOf(1.0),
    public val offset: List<Double> = listOf(0.0),
    public val channelOrder: ChannelOrder = ChannelOrder.RGB,
    public val padding: Color = Color(0, 0, 0),
) : Input

/**
 * How an image is brought to the model's aspect ratio.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class Fit(public val nameInCard: String) {
    /** Scales each side on its own. */
    STRETCH("stretch"),

    /** First cuts out the largest centred piece of the model's aspect ratio. */
    CROP("crop"),

    /** Keeps the image's aspect ratio and centres it on a colour. */
    LETTERBOX("letterbox"),
}

/**
 * The order of the channels in a tensor. It is applied after scale and offset.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class ChannelOrder(public val nameInCard: String) {
    RGB("rgb"),
    BGR("bgr"),
}

/**
 * A colour in sRGB. Each level is from 0 to 255.
 *
 * @property red the level of red
 * @property green the level of green
 * @property blue the level of blue
 */
public data class Color(public val red: Int, public val green: Int, public val blue: Int)

/**
 * A text. Its tensor is token ids, int32 (1, length), or it has several such tensors.
 *
 * @property length the number of ids that the model takes
 * @property tokenizer turns a text into ids
 * @property tensors the tensors that a text becomes, `ids` first
 */
public data class TextInput(
    public val length: Int,
    public val tokenizer: TokenizerSpec,
    public val tensors: List<TextTensor> = listOf(TextTensor.IDS),
) : Input

/**
 * What a tensor of a text holds.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class TextTensor(public val nameInCard: String) {
    /** The ids of the text's tokens, filled up with padding. */
    IDS("ids"),

    /** 1 where [IDS] has an id and 0 where it has padding. */
    MASK("mask"),

    /** Zeros. */
    SEGMENTS("segments"),
}

/**
 * Numbers from -1 to 1, float32 (1, length), which are drawn from a [Seed].
 *
 * @property length how many numbers the model takes
 */
public data class LatentInput(public val length: Int) : Input
