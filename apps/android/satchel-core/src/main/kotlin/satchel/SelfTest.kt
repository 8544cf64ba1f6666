package satchel

import satchel.bundle.shown
import satchel.images.blend
import satchel.images.flatten

/** Decodes the images of golden vectors, as the platform does it. */
public fun interface ImageDecoder {
    /**
     * Returns the image of an encoded file, upright and in sRGB.
     *
     * @throws InputException for a file that cannot be decoded
     */
    public fun decode(encoded: ByteArray): DecodedImage
}

/**
 * The result of one golden vector, or of their mean, on one model.
 *
 * @property vector the file in the bundle, both files if two are mixed, or `seed 7`; for the mean,
 *   [MEAN]
 * @property difference the difference from the float model's prediction, 0 to 1: the largest of any
 *   one probability, or the root mean square of the pixels' differences, in 255ths
 * @property tolerance the largest difference with which the model passes
 */
public data class GoldenResult(
    public val vector: String,
    public val difference: Double,
    public val tolerance: Double,
) {
    /** Whether the difference is within the tolerance. */
    public val passed: Boolean get() = difference <= tolerance

    public companion object {
        /** The [vector] of a result that is about all of them. */
        public const val MEAN: String = "the mean of all vectors"
    }
}

/**
 * What the golden self-test found: whether the model says here what the float model said where the
 * bundle was packed.
 */
public sealed interface SelfTestResult {
    /** The result of each golden vector, in their order, and of their mean if it is known. */
    public val results: List<GoldenResult>

    /** Every prediction is within its tolerance. */
    public data class Passed(override val results: List<GoldenResult>) : SelfTestResult

    /**
     * Some predictions are not: [failures] are their results. Do not use the model with this engine
     * on this device.
     */
    public data class Failed(override val results: List<GoldenResult>) : SelfTestResult {
        /** The results that are beyond their tolerance. */
        public val failures: List<GoldenResult> get() = results.filterNot { it.passed }
    }
}

/**
 * Runs the golden vectors of the bundle on [model]: docs/bundle.md, section 8. Every file of the
 * bundle is hashed first.
 *
 * [decoder] decodes the images of the vectors; a bundle of texts or seeds in and labels out needs
 * none.
 *
 * @throws CardException for golden vectors that do not fit the card, or a bundle without any
 * @throws BundleException for a file that was changed
 * @throws InputException for an image that cannot be decoded
 * @throws EngineException for an output that differs from the card
 */
public fun Bundle.selfTest(model: Model, decoder: ImageDecoder): SelfTestResult {
    checkFiles()
    val golden = goldenVectors(this)
    val replay = Replay(this, decoder)
    val vectors = golden.vectors.map { vector ->
        val apart = difference(
            replay.expected(vector.prediction),
            model.predict(replay.prepared(vector.input)),
        )
        GoldenResult(vector.input.name, apart, vector.tolerance(model.entry))
    }
    val results = vectors + listOfNotNull(meanResult(golden, model, vectors))
    return if (results.all { it.passed }) {
        SelfTestResult.Passed(results)
    } else {
        SelfTestResult.Failed(results)
    }
}

/** Returns how far the differences are from those where the bundle was packed; null if unknown. */
private fun meanResult(
    golden: GoldenVectors,
    model: Model,
    vectors: List<GoldenResult>,
): GoldenResult? {
    val file = model.entry.file
    val most = golden.meanTolerance(file, model.engineName) ?: return null
    val distance = golden.meanDistance(file, vectors.map { it.difference })
    return GoldenResult(GoldenResult.MEAN, distance, most)
}

private class Replay(private val bundle: Bundle, private val decoder: ImageDecoder) {
    private val preprocessing = openPreprocessing(bundle)

    fun prepared(input: GoldenInput): Prepared = when (input) {
        is GoldenInput.Image -> prepared(input, preprocessing as Preprocessing.Images)
        is GoldenInput.Text -> (preprocessing as Preprocessing.Texts).prepare(input.text)
        is GoldenInput.Latent -> (preprocessing as Preprocessing.Latents).prepare(input.seed)
    }

    private fun prepared(input: GoldenInput.Image, images: Preprocessing.Images): Prepared.Image {
        val first = images.prepare(decoded(input.entry))
        val mixed = input.blend ?: return first
        val other = images.prepare(decoded(mixed.entry))
        return Prepared.Image(blend(first.pixels, other.pixels, mixed.share))
    }

    fun expected(prediction: GoldenPrediction): ModelPrediction = when (prediction) {
        is GoldenPrediction.Labels -> ModelPrediction.Labels(prediction.probabilities)
        is GoldenPrediction.Image -> expectedImage(prediction.entry)
    }

    private fun expectedImage(entry: String): ModelPrediction {
        val pixels = flatten(decoded(entry), Color(255, 255, 255))
        val output = bundle.card.output as ImageOutput
        if (pixels.height != output.height || pixels.width != output.width) {
            throw CardException(
                "a golden image of ${output.height} x ${output.width} in ${shown(entry, 110)}",
                "${pixels.height} x ${pixels.width}",
            )
        }
        return ModelPrediction.Image(pixels)
    }

    private fun decoded(entry: String): DecodedImage = decoder.decode(bundle.read(entry))
}
