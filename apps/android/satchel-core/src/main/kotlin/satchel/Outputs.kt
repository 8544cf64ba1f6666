package satchel

/** What a model returns: docs/bundle.md, section 7. */
public sealed interface Output

/**
 * Scores, one for each label.
 *
 * @property labels texts of one line; they are different, unless there are [ids]
 * @property activation the activation function at the end of the model
 * @property multiLabel whether any number of labels may be right at once
 * @property thresholds the lowest probability with which each label of a multi-label model is
 *   chosen, one for each label; empty for 0.5 everywhere
 * @property ids a different name for each label, if labels repeat; else empty
 */
public data class LabelOutput(
    public val labels: List<String>,
    public val activation: Activation,
    public val multiLabel: Boolean = false,
    public val thresholds: List<Double> = emptyList(),
    public val ids: List<String> = emptyList(),
) : Output {
    /** Whether the model puts out one number for two labels. */
    internal val hasOneNumber: Boolean
        get() = activation == Activation.LOGIT || (activation == Activation.SIGMOID && !multiLabel)
}

/**
 * The activation function at the end of a classifier.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class Activation(public val nameInCard: String) {
    /** The outputs are the probabilities. */
    SOFTMAX("softmax"),

    /** The outputs are probabilities of labels, each by itself; of two labels the second one's. */
    SIGMOID("sigmoid"),

    /** The output is the logit of the second of two labels. */
    LOGIT("logit"),

    /** The outputs are logits. */
    NONE("none"),
}

/**
 * An image. Its pixels are `value * scale + offset`, (1, height, width, 3), in sRGB.
 *
 * @property height the height in pixels
 * @property width the width in pixels
 * @property scale one factor, or one for each channel; none is 0
 * @property offset one summand, or one for each channel
 */
public data class ImageOutput(
    public val height: Int,
    public val width: Int,
    public val scale: List<Double> = listOf(1.0),
    public val offset: List<Double> = listOf(0.0),
) : Output
