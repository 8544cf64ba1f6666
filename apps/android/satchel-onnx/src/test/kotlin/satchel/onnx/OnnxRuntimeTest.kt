package satchel.onnx

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import satchel.Dtype
import satchel.EngineException
import satchel.RealBundles
import satchel.Tensor

/** The module over the classes of ONNX Runtime for Android and its library for Linux. */
internal class OnnxRuntimeTest {
    private val engine = OnnxRuntime(threads = 1)
    private val shape = listOf(1, 3)

    /** Version 1.29 is 2.4e-6 from Python's 1.32 here; a step of float16 is 5e-4 of a number. */
    private val bundles = RealBundles(listOf(engine), float16Tolerance = 1e-5)

    @TestFactory
    fun `a model says what it says in Python`(): List<DynamicTest> =
        bundles.predictions()

    @TestFactory
    fun `the golden self-test passes`(): List<DynamicTest> =
        bundles.selfTests()

    @TestFactory
    fun `two threads say the same`(): List<DynamicTest> =
        RealBundles(listOf(OnnxRuntime(threads = 2)), float16Tolerance = 1e-5).predictions()

    @Test
    fun `the version is the one of the library`() = assertEquals("1.29.0", engine.version)

    @Test
    fun `every dtype goes in and comes out`() {
        val longs = longArrayOf(Long.MIN_VALUE, 0, 7)
        val foundLongs = echo(OnnxType.INT64, Tensor.Int64(shape, longs)) as Tensor.Int64
        assertArrayEquals(longs, foundLongs.data)
        val ints = intArrayOf(Int.MIN_VALUE, 0, 7)
        val foundInts = echo(OnnxType.INT32, Tensor.Int32(shape, ints)) as Tensor.Int32
        assertArrayEquals(ints, foundInts.data)
        val bytes = byteArrayOf(-128, -1, 127)
        val foundUnsigned = echo(OnnxType.UINT8, Tensor.UInt8(shape, bytes)) as Tensor.UInt8
        assertArrayEquals(bytes, foundUnsigned.data)
        val foundSigned = echo(OnnxType.INT8, Tensor.Int8(shape, bytes)) as Tensor.Int8
        assertArrayEquals(bytes, foundSigned.data)
        val floats = floatArrayOf(-0.5f, Float.MAX_VALUE, Float.NaN)
        val found = echo(OnnxType.FLOAT, Tensor.Float32(shape, floats))
        assertEquals(Dtype.FLOAT32, found.dtype)
        assertArrayEquals(floats, (found as Tensor.Float32).data)
    }

    private fun echo(type: Int, tensor: Tensor): Tensor =
        engine.open(identityModel(type)).use { it.run(listOf(tensor)) }
            .also { assertEquals(shape, it.shape) }

    @Test
    fun `a later run does not change an output`() {
        engine.open(identityModel(OnnxType.FLOAT)).use { model ->
            val first = model.run(listOf(floats(1f))) as Tensor.Float32
            model.run(listOf(floats(2f)))
            assertArrayEquals(floatArrayOf(1f, 1f, 1f), first.data)
        }
    }

    private fun floats(value: Float) = Tensor.Float32(shape, FloatArray(3) { value })

    @Test
    fun `bytes that are no model are refused`() {
        val message = refused { engine.open("no model".toByteArray()) }
        assertTrue(message.startsWith("Expected an ONNX model that loads here, got "), message)
    }

    @Test
    fun `a model of two outputs is refused`() = assertEquals(
        "Expected an ONNX model with 1 output, got one with 2.",
        refused { engine.open(identityModel(OnnxType.FLOAT, count = 2)) },
    )

    @Test
    fun `an output of a dtype that no card has is refused`() {
        val message = refused {
            engine.open(identityModel(OnnxType.DOUBLE)).use { it.run(listOf(floats(1f))) }
        }
        assertTrue(message.startsWith("Expected an ONNX model that runs here, got "), message)
    }

    @Test
    fun `tensors that the model does not take are refused`() {
        engine.open(identityModel(OnnxType.FLOAT)).use { model ->
            val other = Tensor.Float32(listOf(1, 4), FloatArray(4))
            val message = refused { model.run(listOf(other)) }
            assertTrue(message.startsWith("Expected an ONNX model that runs here, got "), message)
            assertEquals(
                "Expected 1 inputs for the ONNX model, got 2.",
                refused { model.run(listOf(floats(1f), floats(1f))) },
            )
        }
    }

    @Test
    fun `an accelerator that the library lacks is refused`() = assertEquals(
        "Expected ONNX Runtime with NNAPI, got one with [CPU]: " +
            "use the processor, or a build of ONNX Runtime with it.",
        refused { OnnxRuntime(OnnxAccelerator.NNAPI) },
    )

    @Test
    fun `no thread is refused`() = assertEquals(
        "Expected at least 1 thread, got 0.",
        refused { OnnxRuntime(threads = 0) },
    )

    @Test
    fun `the missing libraries of a processor are told in one line`() {
        val java = System.getProperty("java.home") + "/bin/java"
        val classes = System.getProperty("java.class.path")
        val builder = ProcessBuilder(java, "-cp", classes, "satchel.onnx.WithoutLibrariesKt")
        builder.environment().remove("LD_LIBRARY_PATH")
        val process = builder.redirectErrorStream(true).start()
        val lines = process.inputStream.bufferedReader().readLines()
        val told = lines.single { it.startsWith("Expected the libraries of ONNX Runtime, got ") }
        assertTrue(told.endsWith(": package ONNX Runtime's libraries for this device's processor."))
    }

    private fun refused(act: () -> Unit): String {
        val message = assertThrows(EngineException::class.java, act).message!!
        assertTrue('\n' !in message)
        return message
    }
}
