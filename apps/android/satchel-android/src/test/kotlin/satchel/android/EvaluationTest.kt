package satchel.android

import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.Bundle
import satchel.Dtype
import satchel.FakeEngine
import satchel.GOLDEN
import satchel.InputException
import satchel.LabelOutput
import satchel.ModelFormat
import satchel.Prediction
import satchel.ROOT
import satchel.Task
import satchel.Tensor
import satchel.TextClassifier
import satchel.tensor

/** The evaluation of an archive of samples, and the file of its answers. */
internal class EvaluationTest {
    private val bundle = Bundle.open(ROOT.resolve("zoo/imdb_lasso.satchel").readBytes())
    private val output = bundle.card.output as LabelOutput

    private fun zip(vararg entries: Pair<String, ByteArray>): ByteArray {
        val content = ByteArrayOutputStream()
        ZipOutputStream(content).use { archive ->
            for ((name, data) in entries) {
                archive.putNextEntry(ZipEntry(name))
                archive.write(data)
            }
        }
        return content.toByteArray()
    }

    /** Negative for texts of at least three different words. */
    private val engine = FakeEngine("onnx", "1.29.0", ModelFormat.ONNX) { inputs ->
        // One of the ids is the padding.
        val words = (inputs.single() as Tensor.Int32).data.toSet().size - 1
        val positive = if (words >= 3) 1e-5 else 0.8125
        tensor(Dtype.FLOAT32, listOf(1, 2), listOf(1 - positive, positive))
    }

    /**
     * The file in tests/golden/android is what `satchel compare --predictions` takes:
     * tests/convert/samples/test_answers_of_android.py.
     */
    @Test
    fun `an archive of reviews becomes the file that satchel compare takes`() = runBlocking {
        val archive = zip(
            "reviews/negative/one.txt" to "A dull film.".toByteArray(),
            "reviews/negative/two.txt" to "Bad, bad".toByteArray(),
            "reviews/positive/gr\u00fc\u00df.txt" to "good".toByteArray(),
            "reviews/positive/broken.txt" to byteArrayOf(-1, -1),
            "reviews/notes.md" to "no sample".toByteArray(),
            "__MACOSX/reviews/negative/._one.txt" to byteArrayOf(0),
        )
        val lines = StringBuilder()
        val file = TextClassifier(bundle, listOf(engine)).use { classifier ->
            val model = classifier.model
            val file = AnswerFile(output, model.entry.file, model.engineName, lines)
            Lane(classifier).use { lane ->
                forEachSample(ByteArrayInputStream(archive), bundle.card.task) { path, content ->
                    file.add(path) { lane.classify(textOf(content)) }
                }
            }
            file
        }
        assertEquals(3, file.answered)
        assertEquals(3, file.labelled)
        assertEquals(2, file.right)
        assertEquals(
            listOf("reviews/positive/broken.txt: Expected a text in UTF-8, got other bytes."),
            file.unread,
        )
        assertEquals(GOLDEN.resolve("android/answers.jsonl").readText(), lines.toString())
    }

    @Test
    fun `ids, chosen labels and odd texts are written as JSON`() {
        val predictions = listOf(
            Prediction("a \"b\"\n", 0.1f, id = "x\\", chosen = true),
            Prediction("\ud83d\ude00\ud800", Float.MIN_VALUE),
        )
        assertEquals(
            """{"input": "a/b.png", "predictions": [""" +
                """{"label": "a \"b\"\u000a", "id": "x\\", "score": 0.10000000149011612, "chosen": true}, """ +
                """{"label": "\ud83d\ude00\ud800", "score": 1.401298464324817E-45}], """ +
                """"model": "m.onnx", "engine": "onnx"}""",
            answerLine("a/b.png", predictions, "m.onnx", "onnx"),
        )
    }

    @Test
    fun `a folder without the name of a label counts for no accuracy`() = runBlocking {
        val file = AnswerFile(output, "m.onnx", "onnx", StringBuilder())
        file.add("positive.txt") { listOf(Prediction("positive", 1f)) }
        file.add("others/a.txt") { listOf(Prediction("positive", 1f)) }
        assertEquals(listOf(2, 0, 0), listOf(file.answered, file.labelled, file.right))
    }

    @Test
    fun `what is a sample depends on the task`() {
        assertTrue(isSample("a/B.PNG", Task.IMAGE_CLASSIFICATION))
        for (path in listOf("a/b.txt", "a/.b.png", ".a/b.png", "__MACOSX/a.png", "png", "a.png/")) {
            assertEquals(false, isSample(path, Task.IMAGE_CLASSIFICATION), path)
        }
        assertTrue(isSample("b.txt", Task.TEXT_CLASSIFICATION))
    }

    @Test
    fun `an archive that is none, is damaged or has no sample is refused in a line`() {
        val good = zip("a.txt" to java.util.Random(1).let { random -> ByteArray(5000).also(random::nextBytes) })
        val refused = listOf(
            "no archive".toByteArray(),
            zip("a.png" to ByteArray(3)),
            good.copyOf(good.size / 2),
            good.copyOf().also { it.fill(0x55, 200, 1200) },
        )
        for (archive in refused) {
            val message = assertThrows(InputException::class.java) {
                runBlocking {
                    forEachSample(ByteArrayInputStream(archive), Task.TEXT_CLASSIFICATION) { _, _ -> }
                }
            }.message!!
            assertTrue(message.startsWith("Expected a") && '\n' !in message, message)
        }
    }

    @Test
    fun `a sample that grows beyond the limit when it is unpacked is refused`() {
        val bomb = zip("a.txt" to ByteArray(LARGEST_SAMPLE + 1))
        assertTrue(bomb.size < 1 shl 20)
        val message = assertThrows(InputException::class.java) {
            runBlocking {
                forEachSample(ByteArrayInputStream(bomb), Task.TEXT_CLASSIFICATION) { _, _ -> }
            }
        }.message
        assertEquals("Expected a file of at most $LARGEST_SAMPLE bytes, got a larger one.", message)
    }
}
