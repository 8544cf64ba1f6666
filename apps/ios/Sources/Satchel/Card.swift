/// Says what a model expects and returns: `card.json` of a bundle, docs/bundle.md, section 3.
public struct Card: Sendable, Equatable {
    /// The name of the model.
    public var name: String

    /// The version of the model: three numbers.
    public var version: String

    /// Says the kinds of ``input`` and ``output``.
    public var task: ModelTask

    /// The input of the model.
    public var input: Input

    /// The output of the model.
    public var output: Output

    /// The models in order of preference: a reader takes the first one that it can run.
    public var models: [ModelEntry]

    /// The file of golden vectors; nil if there is none.
    public var golden: String?

    /// The SHA-256 of every file of the bundle except the card and its signature.
    public var files: [String: Digest]

    /// The origin of the model in any fields, such as recipe, seed, data and date.
    public var provenance: JsonObject
}

/// What the model does. The raw value is the name in a card.
public enum ModelTask: String, Sendable, CaseIterable {
    case imageClassification = "image-classification"
    case textClassification = "text-classification"
    case imageGeneration = "image-generation"
    case styleTransfer = "style-transfer"
}

/// What a card may use that the first readers do not know. The raw value is the name that a card
/// gives it in `requires`.
public enum Feature: String, Sendable, CaseIterable {
    case channelOrder = "channel-order"
    case grey
    case int64
    case letterbox
    case multiLabel = "multi-label"
    case repeatedLabels = "repeated-labels"
    case severalInputs = "several-inputs"
    case singleLogit = "single-logit"
    case tensorShape = "tensor-shape"
    case tokenizerKeras = "tokenizer-keras"
    case tokenizerSentencePiece = "tokenizer-sentencepiece"
    case tokenizerVectorization = "tokenizer-vectorization"
    case tokenizerWordPiece = "tokenizer-wordpiece"
}

/// One model file of a bundle.
public struct ModelEntry: Sendable, Equatable {
    /// The name of the file in the bundle.
    public var file: String

    /// The format of the file.
    public var format: ModelFormat

    /// How the file stores numbers, such as `float32` or `full_int8`.
    public var scheme: String

    /// The size of the file in bytes.
    public var sizeBytes: Int

    /// The tensor that the model takes.
    public var input: TensorSpec

    /// The tensor that the model returns.
    public var output: TensorSpec

    /// The lowest version of each engine that runs the model, one to four numbers; an engine that
    /// is not named does not run it.
    public var needs: [String: String]

    /// The largest difference from a golden vector with which the model passes.
    public var goldenTolerance: Double

    /// The reason for this tolerance, for people.
    public var goldenToleranceWhy: String

    /// The result of verification where the bundle was packed; nil for a finished model that had no
    /// float model.
    public var verified: Verified?
}

/// The format of a model file. The raw value is the name in a card.
public enum ModelFormat: String, Sendable, CaseIterable {
    case tflite
    case onnx
}

/// The type of a tensor's numbers. The raw value is the name in a card.
public enum Dtype: String, Sendable, CaseIterable {
    case float32
    case uint8
    case int8
    case int32
    case int64
}

/// The input or the output of a model file: one tensor, or several inputs that are alike.
public struct TensorSpec: Sendable, Equatable {
    /// The type of the tensor's numbers.
    public var dtype: Dtype

    /// Real units per level, for 8-bit tensors: `real = (level - zeroPoint) * scale`.
    public var scale = 1.0

    /// The level of real 0: 0 to 255 for uint8, -128 to 127 for int8, else 0.
    public var zeroPoint = 0

    /// The sides of the tensor, the first of them a batch of 1, if they are not a batch of 1 and
    /// those of the card's input or output; empty if they are.
    public var shape: [Int] = []

    /// For a model of several inputs: which of the card's `tensors`, counted from 0, each of the
    /// model's inputs reads; empty for a model of one input, and for an output.
    public var rows: [Int] = []
}

/// How a model compared with the float model where the bundle was packed.
public enum Verified: Sendable, Equatable {
    case labels(VerifiedLabels)
    case images(VerifiedImages)
}

/// The result of a model that returns labels.
public struct VerifiedLabels: Sendable, Equatable {
    /// The number of samples.
    public var samples: Int

    /// The share of samples whose top label is right, 0 to 1.
    public var accuracy: Double

    /// The accuracy lost against the float model, in percentage points; it is negative if accuracy
    /// was gained.
    public var dropPoints: Double

    /// The share of samples with the float model's top label, 0 to 1.
    public var agreement: Double

    /// The largest difference of any one probability, 0 to 1.
    public var largestDifference: Double

    /// The signal-to-quantization-noise ratio in decibels; nil if nothing differs.
    public var sqnrDb: Double?

    /// The 95 % confidence interval of ``dropPoints``; empty if it is not known.
    public var dropCi95: [Double]
}

/// The result of a model that returns images.
public struct VerifiedImages: Sendable, Equatable {
    /// The number of samples.
    public var samples: Int

    /// The peak signal-to-noise ratio of the pixels of all samples together, in decibels; nil if
    /// nothing differs.
    public var psnrDb: Double?

    /// The lowest ratio of one sample, in decibels; nil if nothing differs.
    public var worstPsnrDb: Double?

    /// The largest difference of any one channel of a pixel, divided by 255.
    public var largestDifference: Double
}
