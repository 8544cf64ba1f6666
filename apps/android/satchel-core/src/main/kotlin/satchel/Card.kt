package satchel

/**
 * Says what a model expects and returns: `card.json` of a bundle, docs/bundle.md, section 3.
 *
 * @property name the name of the model
 * @property version the version of the model: three numbers
 * @property task says the kinds of [input] and [output]
 * @property input the input of the model
 * @property output the output of the model
 * @property models the models in order of preference: a reader takes the first one that it can run
 * @property golden the file of golden vectors; null if there is none
 * @property files the SHA-256 of every file of the bundle except the card and its signature
 * @property provenance the origin of the model in any fields, such as recipe, seed, data and date
 */
public data class Card(
    public val name: String,
    public val version: String,
    public val task: Task,
    public val input: Input,
    public val output: Output,
    public val models: List<ModelEntry>,
    public val golden: String?,
    public val files: Map<String, Digest>,
    public val provenance: Map<String, Json>,
)

/**
 * What the model does.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class Task(public val nameInCard: String) {
    IMAGE_CLASSIFICATION("image-classification"),
    TEXT_CLASSIFICATION("text-classification"),
    IMAGE_GENERATION("image-generation"),
    STYLE_TRANSFER("style-transfer"),
}

/**
 * What a card may use that the first readers do not know.
 *
 * @property nameInCard the name that a card gives it in `requires`
 */
public enum class Feature(public val nameInCard: String) {
    CHANNEL_ORDER("channel-order"),
    GREY("grey"),
    INT64("int64"),
    LETTERBOX("letterbox"),
    MULTI_LABEL("multi-label"),
    REPEATED_LABELS("repeated-labels"),
    SEVERAL_INPUTS("several-inputs"),
    SINGLE_LOGIT("single-logit"),
    TENSOR_SHAPE("tensor-shape"),
    TOKENIZER_KERAS("tokenizer-keras"),
    TOKENIZER_SENTENCEPIECE("tokenizer-sentencepiece"),
    TOKENIZER_VECTORIZATION("tokenizer-vectorization"),
    TOKENIZER_WORDPIECE("tokenizer-wordpiece"),
}

/**
 * One model file of a bundle.
 *
 * @property file the name of the file in the bundle
 * @property format the format of the file
 * @property scheme how the file stores numbers, such as `float32` or `full_int8`
 * @property sizeBytes the size of the file in bytes
 * @property input the tensor that the model takes
 * @property output the tensor that the model returns
 * @property needs the lowest version of each engine that runs the model, one to four numbers; an
 *   engine that is not named does not run it
 * @property goldenTolerance the largest difference from a golden vector with which the model passes
 * @property goldenToleranceWhy the reason for this tolerance, for people
 * @property verified the result of verification where the bundle was packed; null for a finished
 *   model that had no float model
 */
public data class ModelEntry(
    public val file: String,
    public val format: ModelFormat,
    public val scheme: String,
    public val sizeBytes: Long,
    public val input: TensorSpec,
    public val output: TensorSpec,
    public val needs: Map<String, String>,
    public val goldenTolerance: Double,
    public val goldenToleranceWhy: String,
    public val verified: Verified?,
)

/**
 * The format of a model file.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class ModelFormat(public val nameInCard: String) {
    TFLITE("tflite"),
    ONNX("onnx"),
}

/**
 * The type of a tensor's numbers.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class Dtype(public val nameInCard: String) {
    FLOAT32("float32"),
    UINT8("uint8"),
    INT8("int8"),
    INT32("int32"),
    INT64("int64"),
}

/**
 * The input or the output of a model file: one tensor, or several inputs that are alike.
 *
 * @property dtype the type of the tensor's numbers
 * @property scale real units per level, for 8-bit tensors: `real = (level - zeroPoint) * scale`
 * @property zeroPoint the level of real 0: 0 to 255 for uint8, -128 to 127 for int8, else 0
 * @property shape the sides of the tensor, the first of them a batch of 1, if they are not a batch
 *   of 1 and those of the card's input or output; empty if they are
 * @property rows for a model of several inputs: which of the card's `tensors`, counted from 0, each
 *   of the model's inputs reads; empty for a model of one input, and for an output
 */
public data class TensorSpec(
    public val dtype: Dtype,
    public val scale: Double = 1.0,
    public val zeroPoint: Int = 0,
    public val shape: List<Int> = emptyList(),
    public val rows: List<Int> = emptyList(),
)

/** How a model compared with the float model where the bundle was packed. */
public sealed interface Verified {
    /**
     * The result of a model that returns labels.
     *
     * @property samples the number of samples
     * @property accuracy the share of samples whose top label is right, 0 to 1
     * @property dropPoints the accuracy lost against the float model, in percentage points; it is
     *   negative if accuracy was gained
     * @property agreement the share of samples with the float model's top label, 0 to 1
     * @property largestDifference the largest difference of any one probability, 0 to 1
     * @property sqnrDb the signal-to-quantization-noise ratio in decibels; null if nothing differs
     * @property dropCi95 the 95 % confidence interval of [dropPoints]; empty if it is not known
     */
    public data class Labels(
        public val samples: Long,
        public val accuracy: Double,
        public val dropPoints: Double,
        public val agreement: Double,
        public val largestDifference: Double,
        public val sqnrDb: Double?,
        public val dropCi95: List<Double>,
    ) : Verified

    /**
     * The result of a model that returns images.
     *
     * @property samples the number of samples
     * @property psnrDb the peak signal-to-noise ratio of the pixels of all samples together, in
     *   decibels; null if nothing differs
     * @property worstPsnrDb the lowest ratio of one sample, in decibels; null if nothing differs
     * @property largestDifference the largest difference of any one channel of a pixel, divided by
     *   255
     */
    public data class Images(
        public val samples: Long,
        public val psnrDb: Double?,
        public val worstPsnrDb: Double?,
        public val largestDifference: Double,
    ) : Verified
}
