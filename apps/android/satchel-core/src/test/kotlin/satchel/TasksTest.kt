package satchel

import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import kotlin.math.ln
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The tasks, and the choice of a model. */
internal class TasksTest {
    private fun opened(name: String) = Bundle.open(RefusalVectors.base(name))

    private val picture = opened("picture")
    private val image = DecodedImage(6, 4, IntArray(24) { -1 })
    private val logits = saying(Dtype.FLOAT32, listOf(1, 3), 0.0, ln(2.0), 0.0)

    @Test
    fun `an image gets its labels, best first`() {
        ImageClassifier(picture, listOf(logits)).use { classifier ->
            val found = classifier.classify(image)
            assertEquals(listOf("dog", "cat", "eel"), found.map { it.label })
            assertEquals(0.5f, found[0].score, 1e-6f)
            assertEquals("dog", classifier.classify(image, top = 1).single().label)
            assertEquals(3, classifier.scores(image).size)
            assertEquals("float32.tflite", classifier.model.entry.file)
            assertThrows(IllegalArgumentException::class.java) { classifier.classify(image, 0) }
        }
        assertEquals(1, logits.closed)
        assertArrayEquals(picture.read("float32.tflite"), logits.opened.single())
    }

    @Test
    fun `a text gets its labels`() {
        val engine = saying(Dtype.FLOAT32, listOf(1, 1), 0.75)
        TextClassifier(opened("text"), listOf(engine)).use { classifier ->
            val found = classifier.classify("good good", top = 1)
            assertEquals(Prediction("positive", 0.75f), found.single())
        }
        val tensor = engine.runs.single().single()
        assertEquals(listOf(1, 6), tensor.shape)
    }

    @Test
    fun `a model of several inputs gets a row for each, in its own order`() {
        val engine = saying(Dtype.FLOAT32, listOf(1, 2), 0.0, 0.0)
        TextClassifier(opened("bert"), listOf(engine)).use { it.classify("good") }
        val (mask, ids, segments) = engine.runs.single().map { (it as Tensor.Int32).data.toList() }
        assertEquals(listOf(1, 1, 1, 0, 0, 0, 0, 0), mask)
        assertEquals(3, ids.take(3).toSet().size)
        assertEquals(List(8) { 0 }, segments)
    }

    @Test
    fun `a seed becomes an image, and an image one of another style`() {
        val values = DoubleArray(24) { it.toDouble() }
        val engine = saying(Dtype.FLOAT32, listOf(1, 2, 4, 3), *values)
        ImageGenerator(opened("generator"), listOf(engine)).use { generator ->
            val found = generator.generate(Seed(7))
            assertEquals(listOf(4, 2), listOf(found.width, found.height))
            assertEquals(List(24) { it }, found.rgb.map { it.toInt() })
        }
        val first = (engine.runs[0][0] as Tensor.Float32).data[0]
        assertEquals(0xbe61a0f8.toInt(), first.toRawBits())
        StyleTransfer(opened("style"), listOf(engine)).use { style ->
            assertEquals(24, style.transfer(image).rgb.size)
        }
    }

    @Test
    fun `a bundle of another task is refused`() {
        val found = assertThrows(BundleException::class.java) {
            TextClassifier(picture, listOf(logits))
        }
        assertEquals(
            "Expected a bundle for text-classification, got one for image-classification.",
            found.message,
        )
    }

    @Test
    fun `the first model that an engine here runs is chosen`() {
        val onnx = FakeEngine(format = ModelFormat.ONNX) { error("not run") }
        fun chosen(engines: List<EngineProvider>, file: String? = null) =
            picture.openModel(engines, file).entry.file
        assertEquals("full_int8.onnx", chosen(listOf(onnx)))
        assertEquals("float32.tflite", chosen(listOf(onnx, logits)))
        assertEquals("full_int8.onnx", chosen(listOf(logits, onnx), "full_int8.onnx"))
        assertEquals("web", picture.openModel(listOf(logits)).engineName)
    }

    @Test
    fun `without an engine the message says what to add`() {
        val old = FakeEngine(version = "0.9.7") { error("not run") }
        val other = FakeEngine(name = "litert") { error("not run") }
        for (engines in listOf(emptyList(), listOf(old), listOf(other))) {
            val found = assertThrows(EngineException::class.java) { picture.openModel(engines) }
            assertTrue("add satchel-web" in found.remedy!!, found.message)
            assertTrue(found.message!!.startsWith("Expected web 1.0 for "), found.message)
        }
        assertEquals("EngineError", errorOf { picture.openModel(listOf(logits), "none.tflite") })
    }

    @Test
    fun `versions are compared number by number`() {
        val ordered = listOf("", "0.9", "1", "1.0.1", "1.2", "1.10", "2.0.0", "10.0")
        for ((at, one) in ordered.withIndex()) {
            for ((place, other) in ordered.withIndex()) {
                assertEquals(at.compareTo(place), compareReleases(one, other), "$one $other")
            }
        }
        assertEquals(0, compareReleases("1.2.0-rc1", "1.2"))
    }

    @Test
    fun `an output that the card excludes is refused`() {
        val odd = listOf(
            tensor(Dtype.FLOAT32, listOf(1, 4), List(4) { 0.0 }),
            tensor(Dtype.FLOAT32, listOf(3), List(3) { 0.0 }),
            tensor(Dtype.UINT8, listOf(1, 3), List(3) { 0.0 }),
            tensor(Dtype.FLOAT32, listOf(1, 3), listOf(0.0, Double.NaN, 0.0)),
            tensor(Dtype.FLOAT32, listOf(1, 3), listOf(0.0, 0.0, Double.NEGATIVE_INFINITY)),
        )
        for (raw in odd) {
            ImageClassifier(picture, listOf(FakeEngine { raw })).use { classifier ->
                assertEquals("EngineError", errorOf { classifier.classify(image) })
            }
        }
    }

    @Test
    fun `a classifier that was closed is refused in one line`() {
        val classifier = ImageClassifier(picture, listOf(logits))
        classifier.close()
        classifier.close()
        assertEquals("EngineError", errorOf { classifier.classify(image) })
        assertEquals(1, logits.closed)
    }

    @Test
    fun `a bundle need not stay open`() {
        val bundle = opened("text")
        val engine = saying(Dtype.FLOAT32, listOf(1, 1), 0.75)
        val classifier = TextClassifier(bundle, listOf(engine))
        bundle.close()
        assertEquals("positive", classifier.classify("good")[0].label)
    }

    @Test
    fun `twelve callers at once get their own answers, and the engine one at a time`() {
        val running = AtomicInteger()
        val engine = FakeEngine { inputs ->
            assertEquals(1, running.incrementAndGet())
            val first = (inputs[0] as Tensor.Float32).data[0].toDouble()
            Thread.yield()
            running.decrementAndGet()
            tensor(Dtype.FLOAT32, listOf(1, 3), listOf(first, 0.0, 0.0))
        }
        val classifier = ImageClassifier(picture, listOf(engine))
        val images = List(12) { red ->
            DecodedImage(6, 4, IntArray(24) { (0xff shl 24) or (red shl 16) })
        }
        val alone = images.map { classifier.scores(it).toList() }
        assertEquals(12, alone.toSet().size)
        val pool = Executors.newFixedThreadPool(12)
        val asked = images.indices.map { at ->
            Callable { List(50) { classifier.scores(images[at]).toList() }.all { it == alone[at] } }
        }
        assertTrue(pool.invokeAll(asked).all { it.get() })
        pool.shutdown()
    }
}
