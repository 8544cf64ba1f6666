package satchel

import kotlin.math.abs
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import satchel.bundle.parseJson

/**
 * Real bundles in [engines]: their predictions beside Python's, and their golden self-tests.
 *
 * [float16Tolerance] is the largest difference of a probability of a `float16` model: another
 * version of an engine than Python's may keep half precision in other layers.
 */
internal class RealBundles(
    private val engines: List<EngineProvider>,
    private val float16Tolerance: Double = FLOAT_TOLERANCE,
) {
    private val cases: List<Json> =
        parseJson(ROOT.resolve("apps/web/tests/browser/expected.json").readText()).items
            .filter { case -> engines.any { case["model"].text.endsWith(it.format.nameInCard) } }

    private val bundles = cases.map { it["bundle"].text }.distinct()

    /** A test for each model: it says what it says in Python. */
    fun predictions(): List<DynamicTest> = cases.map { case ->
        dynamicTest("${case["bundle"].text} ${case["model"].text}") { compare(case) }
    }

    private fun compare(case: Json) {
        val content = ROOT.resolve(case["bundle"].text).readBytes()
        val digest = Digest.of(content).text.removePrefix("sha256:")
        assertEquals(case["sha256"].text, digest, "make web-expected")
        val bundle = Bundle.open(content)
        val entry = bundle.card.models.first { it.file == case["model"].text }
        val isInteger = entry.scheme == "full_int8"
        val tolerance = when (entry.scheme) {
            "full_int8" -> 0.0
            "float16" -> float16Tolerance
            else -> FLOAT_TOLERANCE
        }
        when (val found = predictionOf(engines, bundle, entry.file, inputOf(case["input"]))) {
            is ModelPrediction.Labels -> compareScores(case["scores"], found, bundle, tolerance)
            is ModelPrediction.Image -> comparePixels(case["rgb"].base64, found.pixels, isInteger)
        }
    }

    private fun inputOf(input: Json): Any = when {
        input is Json.Whole -> Seed(input.value.longValueExact())
        input.text.endsWith("odd.png") -> ImageVectors.image("odd.png")
        input.text.endsWith(".png") -> decodedPng(ROOT.resolve(input.text))
        else -> input.text
    }

    private fun compareScores(
        expected: Json,
        found: ModelPrediction.Labels,
        bundle: Bundle,
        tolerance: Double,
    ) {
        val labels = (bundle.card.output as LabelOutput).labels
        for ((label, score) in labels.zip(found.probabilities.toList())) {
            assertTrue(abs(expected[label].number - score) <= tolerance, "$label $score $expected")
        }
    }

    private fun comparePixels(expected: ByteArray, found: Pixels, isInteger: Boolean) {
        if (isInteger) return assertArrayEquals(expected, found.rgb)
        // A level that is a tie may be rounded the other way.
        for ((one, other) in expected.zip(found.rgb.toList())) {
            assertTrue(abs((one.toInt() and 0xff) - (other.toInt() and 0xff)) <= 1)
        }
    }

    /** A test for each model: its golden self-test passes. */
    fun selfTests(): List<DynamicTest> = bundles.flatMap { place ->
        val bundle = Bundle.open(ROOT.resolve(place))
        val models = bundle.card.models.filter { bundle.card.golden != null && runsHere(it) }
        models.map { entry ->
            dynamicTest("$place ${entry.file}") {
                bundle.openModel(engines, entry.file).use { model ->
                    val result = bundle.selfTest(model, PNG_DECODER)
                    assertTrue(result is SelfTestResult.Passed, "$result")
                    assertTrue(result.results.isNotEmpty())
                }
            }
        }
    }

    private fun runsHere(entry: ModelEntry) = engines.any { runs(it, entry) }
}

/** Float kernels add in another order where a compiler chose other instructions. */
private const val FLOAT_TOLERANCE = 1e-6

/** Returns what a model says about an image, a text or a seed. */
internal fun predictionOf(
    engines: List<EngineProvider>,
    bundle: Bundle,
    file: String,
    input: Any,
): ModelPrediction = bundle.openModel(engines, file).use { model ->
    val prepared = when (val preprocessing = openPreprocessing(bundle)) {
        is Preprocessing.Images -> preprocessing.prepare(input as DecodedImage)
        is Preprocessing.Texts -> preprocessing.prepare(input as String)
        is Preprocessing.Latents -> preprocessing.prepare(input as Seed)
    }
    model.predict(prepared)
}
