/// What a model returns: docs/bundle.md, section 7.
public enum Output: Sendable, Equatable {
    case labels(LabelOutput)
    case image(ImageOutput)
}

/// Scores, one for each label.
public struct LabelOutput: Sendable, Equatable {
    /// Texts of one line; they are different, unless there are ``ids``.
    public var labels: [String]

    /// The activation function at the end of the model.
    public var activation: Activation

    /// Whether any number of labels may be right at once.
    public var multiLabel = false

    /// The lowest probability with which each label of a multi-label model is chosen, one for each
    /// label; empty for 0.5 everywhere.
    public var thresholds: [Double] = []

    /// A different name for each label, if labels repeat; else empty.
    public var ids: [String] = []

    /// Whether the model puts out one number for two labels.
    var hasOneNumber: Bool { activation == .logit || (activation == .sigmoid && !multiLabel) }
}

/// The activation function at the end of a classifier. The raw value is the name in a card.
public enum Activation: String, Sendable, CaseIterable {
    /// The outputs are the probabilities.
    case softmax

    /// The outputs are probabilities of labels, each by itself; of two labels the second one's.
    case sigmoid

    /// The output is the logit of the second of two labels.
    case logit

    /// The outputs are logits.
    case none
}

/// An image. Its pixels are `value * scale + offset`, (1, height, width, 3), in sRGB.
public struct ImageOutput: Sendable, Equatable {
    /// The height in pixels.
    public var height: Int

    /// The width in pixels.
    public var width: Int

    /// One factor, or one for each channel; none is 0.
    public var scale = [1.0]

    /// One summand, or one for each channel.
    public var offset = [0.0]
}
