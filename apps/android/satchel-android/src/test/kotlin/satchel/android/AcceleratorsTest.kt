package satchel.android

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import satchel.Bundle
import satchel.Dtype
import satchel.EngineException
import satchel.FakeEngine
import satchel.ImageDecoder
import satchel.InputException
import satchel.ModelFormat
import satchel.ROOT
import satchel.Tensor
import satchel.bundle.parseJson
import satchel.get
import satchel.items
import satchel.numbers
import satchel.openModel
import satchel.selfTest
import satchel.tensor

/** A model that says what the float model says, to the bit. */
private const val FILE = "float32.onnx"

/** An accelerator is used only after the golden self-test passed with it on this device. */
internal class AcceleratorsTest {
    @TempDir
    lateinit var folder: File
    private val bundle = Bundle.open(ROOT.resolve("zoo/imdb_lasso.satchel").readBytes())

    /** The bundle's vectors are texts. */
    private val decoder = ImageDecoder { throw InputException("no image", "one") }

    /** Says two probabilities of every text, as the model of FILE does. */
    private fun engine(
        version: String = "1.29.0",
        says: (List<Tensor>) -> List<Double> = { listOf(0.5, 0.5) },
    ) = FakeEngine("onnx", version, ModelFormat.ONNX) { inputs ->
        tensor(Dtype.FLOAT32, listOf(1, 2), says(inputs))
    }

    private fun trials(device: String = "phone/1") =
        AcceleratorTrials(RecordFolder(folder.resolve("trials")), device, decoder)

    @Test
    fun `one that answers otherwise than the float model is refused, and remembered`() {
        val wrong = engine()
        val accelerator = Accelerator("onnx NNAPI") { wrong }
        val found = trials().prove(bundle, accelerator, FILE) as Proof.Refused
        assertTrue(Regex("[0-9]+ of [0-9]+ golden results differ, .*").matches(found.reason), found.reason)
        val runs = wrong.runs.size
        assertTrue(runs > 0)
        assertEquals(found, trials().prove(bundle, accelerator, FILE))
        assertEquals(runs, wrong.runs.size)
        assertEquals(1, wrong.closed)
        val processor = engine()
        assertEquals(listOf(processor), trials().enginesFor(bundle, listOf(accelerator), listOf(processor), FILE))
    }

    @Test
    fun `one that passes is used first, and tested again for another version or system`() {
        val right = engine(says = ::passing)
        val accelerator = Accelerator("onnx NNAPI") { right }
        val processor = engine()
        val found = trials().enginesFor(bundle, listOf(accelerator), listOf(processor), FILE)
        assertEquals(listOf(right, processor), found)
        val runs = right.runs.size
        assertEquals(Proof.Passed, trials().prove(bundle, accelerator, FILE))
        assertEquals(runs, right.runs.size)
        // An update of the system, of the engine, and other settings are tested anew.
        assertEquals(Proof.Passed, trials("phone/2").prove(bundle, accelerator, FILE))
        assertEquals(2 * runs, right.runs.size)
        val newer = engine("1.30.0", ::passing)
        assertEquals(Proof.Passed, trials().prove(bundle, Accelerator("onnx NNAPI") { newer }, FILE))
        assertEquals(runs, newer.runs.size)
        assertEquals(Proof.Passed, trials().prove(bundle, Accelerator("onnx XNNPACK") { newer }, FILE))
        assertEquals(2 * runs, newer.runs.size)
    }

    @Test
    fun `one that ended the process is not tried again`() {
        val ending = engine { throw StackOverflowError("stands for the end of the process") }
        val records = object : Records by RecordFolder(folder.resolve("trials")) {
            // A process that ended deletes nothing.
            override fun delete(key: String) = Unit
        }
        val accelerator = Accelerator("onnx NNAPI") { ending }
        assertThrows(StackOverflowError::class.java) {
            AcceleratorTrials(records, "phone/1", decoder).prove(bundle, accelerator)
        }
        val expected = Proof.Refused("the application ended while it was tested")
        assertEquals(expected, trials().prove(bundle, accelerator))
        assertEquals(1, ending.runs.size)
    }

    @Test
    fun `one that this device lacks is refused in its own words, each time`() {
        val missing = Accelerator("onnx NNAPI") { throw EngineException("NNAPI", "none") }
        val found = trials().prove(bundle, missing)
        assertEquals(Proof.Refused("Expected NNAPI, got none."), found)
        assertEquals(null, folder.resolve("trials").list())
    }

    @Test
    fun `one that does not open the model is refused, and remembered`() {
        val other = FakeEngine("other", "1.0", ModelFormat.ONNX) { error("not run") }
        val found = trials().prove(bundle, Accelerator("other") { other }) as Proof.Refused
        assertTrue("add satchel-" in found.reason, found.reason)
        assertEquals(found, trials().prove(bundle, Accelerator("other") { other }))
    }

    /** Says of each golden text what the float model said, so that the self-test passes. */
    private fun passing(inputs: List<Tensor>) = expected.getValue(ids(inputs))

    private fun ids(inputs: List<Tensor>) = (inputs.single() as Tensor.Int32).data.toList()

    private val expected: Map<List<Int>, List<Double>> by lazy {
        val asked = engine()
        bundle.openModel(listOf(asked), FILE).use { bundle.selfTest(it, decoder) }
        val golden = parseJson(bundle.read(bundle.card.golden!!).decodeToString())
        asked.runs.map(::ids).zip(golden["vectors"].items.map { it["scores"].numbers }).toMap()
    }
}
