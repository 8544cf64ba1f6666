package satchel

import kotlin.math.abs
import kotlin.math.sqrt
import satchel.bundle.decodeUtf8
import satchel.bundle.fieldsOf
import satchel.bundle.loadJson
import satchel.bundle.numberOf
import satchel.bundle.shown
import satchel.bundle.wholeNumber

/* Golden vectors: docs/bundle.md, section 8. */

/** The input of a golden vector. */
internal sealed interface GoldenInput {
    /** What messages call it. */
    val name: String

    /** An entry of an encoded image, perhaps with a second one that is mixed in. */
    class Image(val entry: String, val blend: Blend?) : GoldenInput {
        override val name: String
            get() = if (blend == null) entry else "$entry with ${blend.share}/256 of ${blend.entry}"
    }

    class Text(override val name: String, val text: String) : GoldenInput

    class Latent(val seed: Seed) : GoldenInput {
        override val name: String get() = seed.toString()
    }
}

/** A second image, which is mixed into the first one once both have the model's size. */
internal class Blend(
    val entry: String,
    /** The share of the second image in 256ths, from 1 to 255. */
    val share: Int,
)

/** The float model's prediction: probabilities, or an entry of an encoded image. */
internal sealed interface GoldenPrediction {
    class Labels(val probabilities: FloatArray) : GoldenPrediction

    class Image(val entry: String) : GoldenPrediction
}

internal class GoldenVector(
    val input: GoldenInput,
    val prediction: GoldenPrediction,
    /** The tolerance by the file of a model, 0 to 1. Some models have none. */
    private val tolerances: Map<String, Double>,
) {
    /** Returns the largest difference that [model] may have here, 0 to 1. */
    fun tolerance(model: ModelEntry): Double =
        minOf(model.goldenTolerance, tolerances[model.file] ?: 1.0)
}

/** The golden vectors of a bundle, and what was measured with them where it was packed. */
internal class GoldenVectors(
    val vectors: List<GoldenVector>,
    /** By the file of a model, for each kernel that ran there: the difference on each vector. */
    private val differences: Map<String, List<List<Double>>>,
    /** By the file of a model and the name of an engine: the tolerance of the mean, 0 to 1. */
    private val meanTolerances: Map<String, Map<String, Double>>,
) {
    /** Returns the largest mean of [meanDistance] with which a model passes; null for any. */
    fun meanTolerance(file: String, engine: String): Double? = meanTolerances[file]?.get(engine)

    /**
     * Returns the mean distance of the differences [found] on the vectors from the packed ones, by
     * the kernel that is nearest.
     */
    fun meanDistance(file: String, found: List<Double>): Double =
        differences.getValue(file).minOf { packed ->
            packed.zip(found).sumOf { (one, other) -> abs(one - other) } / found.size
        }
}

/**
 * Returns the golden vectors of [bundle].
 *
 * @throws CardException if they do not fit the card
 * @throws BundleException for a file that was changed
 */
internal fun goldenVectors(bundle: Bundle): GoldenVectors {
    val golden = bundle.card.golden ?: throw CardException(
        "golden vectors in the bundle ${shown(bundle.card.name, 110)}",
        "a bundle without",
    )
    return parseGoldenVectors(bundle, bundle.read(golden))
}

/** Returns the golden vectors in [content], the file that the card of [bundle] names. */
internal fun parseGoldenVectors(bundle: Bundle, content: ByteArray): GoldenVectors {
    val fields = (loadJson(content, Limits.CARD_BYTES) as? Json.Object)?.fields.orEmpty()
    val vectors = (fields["vectors"] as? Json.Array)?.items.orEmpty()
    if (vectors.isEmpty()) {
        throw CardException("a list of vectors in ${shown(bundle.card.golden!!, 110)}", "none")
    }
    val measured = Measured(bundle.card, fields, vectors.size)
    val tolerances = measured.tolerances()
    val differences = measured.differences()
    return GoldenVectors(
        vectors.mapIndexed { at, vector ->
            goldenVector(bundle, vector, tolerances.mapValues { it.value[at] })
        },
        differences,
        measured.meanTolerances(differences.keys),
    )
}

/** Reads the objects beside `vectors`, whose keys are the files of models. */
private class Measured(
    private val card: Card,
    fields: Map<String, Json>,
    private val count: Int,
) {
    private val fields = fieldsOf(Json.Object(fields), "golden")

    fun tolerances(): Map<String, List<Double>> =
        ofModels("tolerances", "$count numbers from 0 to 1") { shares(it, count) }

    fun differences(): Map<String, List<List<Double>>> =
        ofModels("differences", "lists of $count numbers from 0 to 1") { rows ->
            val items = (rows as? Json.Array)?.items.orEmpty()
            val found = items.mapNotNull { shares(it, count) }
            found.takeIf { it.isNotEmpty() && it.size == items.size }
        }

    fun meanTolerances(measured: Set<String>): Map<String, Map<String, Double>> {
        val found = ofModels("mean_tolerances", "numbers from 0 to 1 by engine", ::sharesByName)
        val without = found.keys.find { it !in measured } ?: return found
        throw CardException("golden differences of ${shown(without, 110)}", "none")
    }

    private fun sharesByName(value: Json): Map<String, Double>? {
        val fields = (value as? Json.Object)?.fields ?: return null
        val numbers = shares(Json.Array(fields.values.toList()), fields.size) ?: return null
        return fields.keys.zip(numbers).toMap()
    }

    /** Returns what [read] makes of the value of each of the card's models that has one. */
    private fun <T : Any> ofModels(
        name: String,
        what: String,
        read: (Json) -> T?,
    ): Map<String, T> {
        val models = card.models.map { it.file }.toSet()
        return fields.mapping(name).filterKeys { it in models }.mapValues { (file, value) ->
            val expected = "$what for golden.$name of ${shown(file, 110)}"
            read(value) ?: throw CardException(expected, shown(value))
        }
    }
}

private fun goldenVector(
    bundle: Bundle,
    vector: Json,
    tolerances: Map<String, Double>,
): GoldenVector {
    val fields = (vector as? Json.Object)?.fields
    val input = fields?.let { goldenInput(bundle, it) }
    val prediction = fields?.let { goldenPrediction(bundle, it) }
    if (input == null || prediction == null) {
        throw CardException("${form(bundle.card)} in each golden vector", shown(vector))
    }
    return GoldenVector(input, prediction, tolerances)
}

private fun goldenInput(bundle: Bundle, fields: Map<String, Json>): GoldenInput? {
    if (bundle.card.input is LatentInput) {
        return wholeNumber(fields["seed"], 0..Seed.MOST)?.let { GoldenInput.Latent(Seed(it)) }
    }
    val name = entry(bundle, fields["input"]) ?: return null
    if (bundle.card.input is TextInput) return GoldenInput.Text(name, goldenText(bundle, name))
    val mixed = fields["blend"] ?: return GoldenInput.Image(name, blend = null)
    return goldenBlend(bundle, mixed)?.let { GoldenInput.Image(name, it) }
}

private fun goldenText(bundle: Bundle, name: String): String =
    decodeUtf8(bundle.read(name))
        ?: throw CardException("UTF-8 in the golden text ${shown(name, 110)}", "other bytes")

private fun goldenBlend(bundle: Bundle, mixed: Json): Blend? {
    val fields = (mixed as? Json.Object)?.fields ?: return null
    val name = entry(bundle, fields["input"]) ?: return null
    return wholeNumber(fields["share"], 1L..255L)?.let { Blend(name, it.toInt()) }
}

private fun goldenPrediction(bundle: Bundle, fields: Map<String, Json>): GoldenPrediction? =
    when (val output = bundle.card.output) {
        is ImageOutput -> entry(bundle, fields["output"])?.let(GoldenPrediction::Image)
        is LabelOutput -> shares(fields["scores"], output.labels.size)?.let { scores ->
            GoldenPrediction.Labels(FloatArray(scores.size) { scores[it].toFloat() })
        }
    }

/** Returns the name of an entry of the bundle; null for any other value. */
private fun entry(bundle: Bundle, value: Json?): String? =
    (value as? Json.Text)?.value?.takeIf { it in bundle.names }

/** Returns [count] numbers from 0 to 1; null for anything else. */
private fun shares(value: Json?, count: Int): List<Double>? {
    val items = (value as? Json.Array)?.items?.takeIf { it.size == count }
    return items?.mapNotNull(::numberOf)?.filter { it in 0.0..1.0 }?.takeIf { it.size == count }
}

/** Returns in words what a golden vector of this card must hold. */
private fun form(card: Card): String {
    val input = when (card.input) {
        is ImageInput -> "an input of the bundle (or two, blended by a share from 1 to 255)"
        is TextInput -> "an input of the bundle"
        is LatentInput -> "a seed"
    }
    return when (val output = card.output) {
        is LabelOutput -> "$input and ${output.labels.size} probabilities"
        is ImageOutput -> "$input and an output image of the bundle"
    }
}

/**
 * Returns the difference of two predictions, 0 to 1: the largest difference of any one probability,
 * or the root mean square of the differences of the pixels in 255ths.
 *
 * @throws EngineException for predictions of different kinds
 */
internal fun difference(expected: ModelPrediction, found: ModelPrediction): Double = when {
    expected is ModelPrediction.Labels && found is ModelPrediction.Labels ->
        largestDifference(expected.probabilities, found.probabilities)
    expected is ModelPrediction.Image && found is ModelPrediction.Image ->
        rootMeanSquare(expected.pixels.rgb, found.pixels.rgb) / 255
    else -> throw EngineException("two predictions of one kind", "labels and an image")
}

private fun largestDifference(expected: FloatArray, found: FloatArray): Double {
    var most = 0f
    for (at in expected.indices) most = maxOf(most, abs(found[at] - expected[at]))
    return most.toDouble()
}

private fun rootMeanSquare(expected: ByteArray, found: ByteArray): Double {
    var squares = 0L
    for (at in expected.indices) {
        val apart = (found[at].toInt() and 0xff) - (expected[at].toInt() and 0xff)
        squares += apart * apart
    }
    return sqrt(squares.toDouble() / expected.size)
}
