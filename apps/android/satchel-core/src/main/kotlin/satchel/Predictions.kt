package satchel

/* Predictions: docs/bundle.md, section 7. */

/** What a model says about one input. */
public sealed interface ModelPrediction {
    /**
     * The probability of each label, in the order of the card's labels.
     *
     * @property probabilities numbers from 0 to 1
     */
    public class Labels(public val probabilities: FloatArray) : ModelPrediction

    /**
     * The image that a model made.
     *
     * @property pixels the image, of the card's height and width
     */
    public class Image(public val pixels: Pixels) : ModelPrediction
}

/**
 * One label and how sure the model is of it.
 *
 * @property label the label
 * @property score the probability of the label, 0 to 1
 * @property id a name that only this label has; null if the labels of the model are different
 * @property chosen whether the score reaches the label's threshold; null if only one label can be
 *   right
 */
public data class Prediction(
    public val label: String,
    public val score: Float,
    public val id: String? = null,
    public val chosen: Boolean? = null,
)

/** The threshold of a label, unless its card states another one. */
private const val THRESHOLD = 0.5

/**
 * Returns the [top] best labels, best first; all labels for null. Equal scores keep the labels'
 * order.
 *
 * @throws IllegalArgumentException for a [top] below 1
 */
internal fun bestLabels(scores: FloatArray, output: LabelOutput, top: Int?): List<Prediction> =
    bestPlaces(scores, top).map { at ->
        val score = scores[at]
        Prediction(
            label = output.labels[at],
            score = score,
            id = output.ids.getOrNull(at),
            chosen = if (output.multiLabel) score >= threshold(output, at) else null,
        )
    }

private fun threshold(output: LabelOutput, at: Int) = output.thresholds.getOrNull(at) ?: THRESHOLD

/** Returns the places of the [top] highest scores, highest first; all places for null. */
internal fun bestPlaces(scores: FloatArray, top: Int?): List<Int> {
    require(top == null || top >= 1) { "Expected top of at least 1, got $top." }
    if (top == 1) return listOf(placeOfHighest(scores))
    // A stable sort: equal scores keep their order, and 0 and -0 are equal.
    val order = scores.indices.sortedWith { one, other ->
        if (scores[one] > scores[other]) -1 else if (scores[one] < scores[other]) 1 else 0
    }
    return order.take(top ?: order.size)
}

private fun placeOfHighest(scores: FloatArray): Int {
    var best = 0
    for (at in scores.indices) if (scores[at] > scores[best]) best = at
    return best
}

/** Returns the probability of one logit by itself, computed so that nothing overflows. */
internal fun sigmoid(logit: Float): Float {
    // Only a power below 1 is computed.
    val power = Math.exp(-Math.abs(logit.toDouble())).toFloat()
    return (if (logit >= 0) 1f else power) / (1 + power)
}

/** Returns the probabilities of logits, computed so that nothing overflows. */
internal fun softmax(logits: FloatArray): FloatArray {
    // The largest power is exp(0).
    val largest = logits.max()
    val powers = FloatArray(logits.size) { Math.exp((logits[it] - largest).toDouble()).toFloat() }
    var sum = 0.0
    for (power in powers) sum += power
    val total = sum.toFloat()
    return FloatArray(powers.size) { powers[it] / total }
}
