package satchel

import java.nio.ByteBuffer
import kotlin.math.ln
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.bundle.loadJson

/** Golden vectors: docs/bundle.md, section 8. */
internal class SelfTestTest {
    private fun opened(name: String) = Bundle.open(RefusalVectors.base(name))

    /** Only the size in the PNG header matters here: every pixel is of one level. */
    private val decoder = ImageDecoder { encoded ->
        val header = ByteBuffer.wrap(encoded)
        grey(header.getInt(16), header.getInt(20), level = 100)
    }

    private fun grey(width: Int, height: Int, level: Int): DecodedImage =
        DecodedImage(width, height, IntArray(width * height) { (0xff shl 24) or level * 0x010101 })

    private fun run(
        bundle: Bundle,
        engine: FakeEngine,
        decode: ImageDecoder = decoder,
    ): SelfTestResult = bundle.openModel(listOf(engine)).use { bundle.selfTest(it, decode) }

    private fun logits(vararg values: Double) = saying(Dtype.FLOAT32, listOf(1, 3), *values)

    @Test
    fun `a model with the predictions of the float model passes`() {
        // The activation is none, so these are the logits of 0.25, 0.5, 0.25.
        val engine = logits(0.0, ln(2.0), 0.0)
        val result = run(opened("picture"), engine)
        assertTrue(result is SelfTestResult.Passed, "$result")
        val found = result.results.single()
        assertEquals("golden/0.png", found.vector)
        assertEquals(0.01, found.tolerance)
        assertTrue(found.difference < 1e-6)
        assertEquals(listOf(1, 4, 6, 3), engine.runs.single().single().shape)
    }

    @Test
    fun `a model with other predictions fails, and the result says how far off it is`() {
        val result = run(opened("picture"), logits(9.0, 0.0, 0.0))
        assertTrue(result is SelfTestResult.Failed)
        val failure = (result as SelfTestResult.Failed).failures.single()
        assertEquals(0.75, failure.difference, 1e-3)
        assertTrue(!failure.passed)
    }

    @Test
    fun `an image is compared by its pixels`() {
        val zeros = DoubleArray(24)
        val result = run(opened("generator"), saying(Dtype.FLOAT32, listOf(1, 2, 4, 3), *zeros))
        assertEquals(100 / 255.0, result.results.single().difference, 1e-9)
        assertEquals("seed 7", result.results.single().vector)
    }

    @Test
    fun `a golden image of another size than the model's is refused`() {
        val engine = saying(Dtype.FLOAT32, listOf(1, 2, 4, 3), *DoubleArray(24))
        val found = assertThrows(CardException::class.java) {
            run(opened("style"), engine) { grey(4, 3, level = 100) }
        }
        assertTrue("a golden image of 2 x 4" in found.message!!, found.message)
    }

    @Test
    fun `a changed file fails the self-test, though no vector uses it`() {
        val content = RefusalVectors.base("picture")
        val name = "full_int8.onnx"
        val place = kotlin.io.path.createTempFile().toFile()
        try {
            place.writeBytes(content)
            val bundle = Bundle.open(place)
            val model = bundle.openModel(listOf(logits(0.0, ln(2.0), 0.0)))
            val changed = content.copyOf()
            val stored = String(unpacked(content).getValue(name), Charsets.ISO_8859_1)
            val begin = String(content, Charsets.ISO_8859_1).indexOf(stored)
            changed[begin] = (changed[begin].toInt() xor 1).toByte()
            place.writeBytes(changed)
            assertEquals("BundleError", errorOf { bundle.selfTest(model, decoder) })
        } finally {
            place.delete()
        }
    }

    private val vector = "\"input\": \"golden/0.png\", \"scores\": [0.25, 0.5, 0.25]"

    private fun golden(text: String): List<GoldenVector> =
        parseGoldenVectors(opened("picture"), text.toByteArray()).vectors

    private val card =
        loadJson(unpacked(RefusalVectors.base("picture")).getValue("card.json"), 1 shl 20)

    /** Returns the bundle with other golden vectors. */
    private fun bundleWith(golden: String): Bundle {
        val files = unpacked(RefusalVectors.base("picture")) - "card.json"
        val content = "golden/vectors.json" to golden.toByteArray()
        return Bundle.open(sealed(card as Json.Object, files + content))
    }

    @Test
    fun `the mean of all vectors is held to its tolerance, in its engine alone`() {
        fun measured(most: String) = "{\"vectors\": [{$vector}, {$vector}], \"differences\":" +
            " {\"float32.tflite\": [[0.5, 0.5], [0.002, 0.004]]}," +
            " \"mean_tolerances\": {\"float32.tflite\": {$most}}}"
        val logits = doubleArrayOf(0.0, ln(2.0), 0.0)
        for ((most, passes) in mapOf("\"web\": 0.0031" to true, "\"web\": 0.0029" to false)) {
            val result = run(bundleWith(measured(most)), logits(*logits))
            val mean = result.results.last()
            assertEquals(GoldenResult.MEAN, mean.vector)
            assertEquals(0.003, mean.difference, 1e-6)
            assertEquals(passes, result is SelfTestResult.Passed)
        }
        val other = run(bundleWith(measured("\"litert\": 0.0")), logits(*logits))
        assertTrue(other is SelfTestResult.Passed && other.results.size == 2)
    }

    @Test
    fun `other differences and mean tolerances are refused`() {
        val rows = "\"differences\": {\"float32.tflite\": [[0.5]]}"
        val odd = listOf("[]", "[[]]", "[[0, 0]]", "[[2]]", "[0]", "{}").map {
            "\"differences\": {\"float32.tflite\": $it}"
        } + listOf("[]", "0", "{\"web\": 2}", "{\"web\": \"0\"}").map {
            "$rows, \"mean_tolerances\": {\"float32.tflite\": $it}"
        } + listOf(
            "\"differences\": []",
            "\"mean_tolerances\": {\"float32.tflite\": {\"web\": 0.1}}",
        )
        for (more in odd) {
            assertEquals("CardError", errorOf { golden("{\"vectors\": [{$vector}], $more}") }, more)
        }
        golden("{\"vectors\": [{$vector}], $rows, \"mean_tolerances\": {\"none\": 7}}")
    }

    @Test
    fun `a tolerance of a vector counts where it is smaller than the card's`() {
        val vectors = golden(
            "{\"vectors\": [{$vector}, {$vector}]," +
                " \"tolerances\": {\"float32.tflite\": [0, 0.9], \"of no model\": 0}}",
        )
        val (float, integer) = opened("picture").card.models
        assertEquals(listOf(0.0, 0.01), vectors.map { it.tolerance(float) })
        assertEquals(listOf(0.01, 0.01), vectors.map { it.tolerance(integer) })
    }

    @Test
    fun `other tolerances are refused`() {
        val rows = listOf("[0]", "[0, 0, 0]", "[0, 1.1]", "[0, true]", "0", "[0, \"0\"]")
        val odd = listOf("null", "[]") + rows.map { "{\"float32.tflite\": $it}" }
        for (tolerances in odd) {
            val text = "{\"vectors\": [{$vector}, {$vector}], \"tolerances\": $tolerances}"
            assertEquals("CardError", errorOf { golden(text) }, tolerances)
        }
    }

    @Test
    fun `other blends are refused`() {
        val entry = "\"input\": \"golden/0.png\""
        val odd = listOf(
            "null", "1", "[]", "{}", "{$entry}", "{\"share\": 77}", "{\"input\": 1, \"share\": 77}",
            "{\"input\": \"golden/1.png\", \"share\": 77}", "{$entry, \"share\": 0}",
            "{$entry, \"share\": 256}", "{$entry, \"share\": 0.5}", "{$entry, \"share\": \"77\"}",
            "{$entry, \"share\": true}", "{$entry, \"share\": 77.0}",
        )
        for (blend in odd) {
            val text = "{\"vectors\": [{$vector, \"blend\": $blend}]}"
            assertEquals("CardError", errorOf { golden(text) }, blend)
        }
    }

    @Test
    fun `two images are mixed at the model's size`() {
        val blend = "{\"input\": \"golden/0.png\", \"share\": 64}"
        val text = "{\"vectors\": [{$vector, \"blend\": $blend}]}"
        val bundle = bundleWith(text)
        val engine = logits(0.0, ln(2.0), 0.0)
        val levels = mutableListOf(40, 200)
        val result = run(bundle, engine) { grey(1, 1, levels.removeAt(0)) }
        assertEquals("golden/0.png with 64/256 of golden/0.png", result.results.single().vector)
        // (40 * 192 + 200 * 64 + 128) >> 8 is 80; the card's scale is 0.5, 1, 2, its offset -1.5.
        val fed = (engine.runs.single().single() as Tensor.Float32).data.take(3)
        assertEquals(listOf(38.5f, 78.5f, 158.5f), fed)
    }
}
