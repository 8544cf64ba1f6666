package satchel

import kotlin.math.abs
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import satchel.bundle.parseJson

/** Real bundles: their predictions beside Python's, and their golden self-tests. */
internal class RealBundlesTest {
    private val cases: List<Json> =
        parseJson(ROOT.resolve("apps/web/tests/browser/expected.json").readText()).items

    private val bundles = cases.map { it["bundle"].text }.distinct()

    @TestFactory
    fun `a model says what it says in Python`(): List<DynamicTest> = cases.map { case ->
        dynamicTest("${case["bundle"].text} ${case["model"].text}") { compare(case) }
    }

    private fun compare(case: Json) {
        val content = ROOT.resolve(case["bundle"].text).readBytes()
        val digest = Digest.of(content).text.removePrefix("sha256:")
        assertEquals(case["sha256"].text, digest, "make web-expected")
        val bundle = Bundle.open(content)
        val entry = bundle.card.models.first { it.file == case["model"].text }
        val isInteger = entry.scheme == "full_int8"
        when (val found = predictionOf(bundle, case["model"].text, inputOf(case["input"]))) {
            is ModelPrediction.Labels -> compareScores(case["scores"], found, bundle, isInteger)
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
        isInteger: Boolean,
    ) {
        val labels = (bundle.card.output as LabelOutput).labels
        // Float kernels add in another order where a compiler chose other instructions.
        val tolerance = if (isInteger) 0.0 else 1e-6
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

    @TestFactory
    fun `the golden self-test passes`(): List<DynamicTest> = bundles.flatMap { place ->
        val bundle = Bundle.open(ROOT.resolve(place))
        val models = bundle.card.models.filter { bundle.card.golden != null && runsHere(it) }
        models.map { entry ->
            dynamicTest("$place ${entry.file}") {
                bundle.openModel(ENGINES, entry.file).use { model ->
                    val result = bundle.selfTest(model, PNG_DECODER)
                    assertTrue(result is SelfTestResult.Passed, "$result")
                    assertTrue(result.results.isNotEmpty())
                }
            }
        }
    }

    private fun runsHere(entry: ModelEntry) = ENGINES.any { runs(it, entry) }
}
