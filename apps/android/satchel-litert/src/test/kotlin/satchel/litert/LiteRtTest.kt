package satchel.litert

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.tensorflow.lite.Interpreter
import satchel.EngineException
import satchel.Tensor

/** The module over a fake of LiteRT. */
internal class LiteRtTest {
    private val shape = listOf(1, 3)

    private fun run(type: String, tensor: Tensor): Tensor =
        LiteRt().open("model $type 1".toByteArray()).use { it.run(listOf(tensor)) }
            .also { assertEquals(shape, it.shape) }

    @Test
    fun `every dtype goes in and comes out`() {
        val bytes = byteArrayOf(-128, -1, 127)
        assertArrayEquals(bytes, (run("UINT8", Tensor.UInt8(shape, bytes)) as Tensor.UInt8).data)
        assertArrayEquals(bytes, (run("INT8", Tensor.Int8(shape, bytes)) as Tensor.Int8).data)
        val ints = intArrayOf(Int.MIN_VALUE, 0, 7)
        assertArrayEquals(ints, (run("INT32", Tensor.Int32(shape, ints)) as Tensor.Int32).data)
        val longs = longArrayOf(Long.MIN_VALUE, 0, 7)
        assertArrayEquals(longs, (run("INT64", Tensor.Int64(shape, longs)) as Tensor.Int64).data)
        val floats = floatArrayOf(-0.5f, Float.MAX_VALUE, 7f)
        val found = run("FLOAT32", Tensor.Float32(shape, floats)) as Tensor.Float32
        assertArrayEquals(floats, found.data)
    }

    @Test
    fun `each run starts with a state of zero, and leaves earlier outputs alone`() {
        LiteRt().open("model UINT8 1".toByteArray()).use { model ->
            val first = model.run(listOf(Tensor.UInt8(shape, byteArrayOf(1, 2, 3))))
            val second = model.run(listOf(Tensor.UInt8(shape, byteArrayOf(4, 5, 6))))
            assertArrayEquals(byteArrayOf(1, 2, 3), (first as Tensor.UInt8).data)
            assertArrayEquals(byteArrayOf(4, 5, 6), (second as Tensor.UInt8).data)
        }
    }

    @Test
    fun `the options reach LiteRT`() {
        LiteRt(threads = 3, usesXnnpack = false).open("model UINT8 1".toByteArray()).close()
        assertEquals(3, Interpreter.last?.threads)
        assertEquals(false, Interpreter.last?.usesXnnpack)
    }

    @Test
    fun `an engine and a model that is refused are closed`() {
        val before = Interpreter.closed
        LiteRt().open("model UINT8 1".toByteArray()).close()
        refused { LiteRt().open("model UINT8 2".toByteArray()) }
        assertEquals(before + 2, Interpreter.closed)
    }

    @Test
    fun `bytes that are no model are refused in one line`() = assertEquals(
        "Expected a TFLite model that loads here, got ByteBuffer is not a valid model.",
        refused { LiteRt().open("no model".toByteArray()) },
    )

    @Test
    fun `a model of two outputs is refused`() = assertEquals(
        "Expected a TFLite model with 1 output, got one with 2.",
        refused { LiteRt().open("model UINT8 2".toByteArray()) },
    )

    @Test
    fun `a dtype that no card has is refused`() = assertEquals(
        "Expected a tensor of a dtype of the card, got STRING.",
        refused { LiteRt().open("model STRING 1".toByteArray()) },
    )

    @Test
    fun `tensors that the model does not take are refused`() {
        LiteRt().open("model UINT8 1".toByteArray()).use { model ->
            assertEquals(
                "Expected [uint8 [1, 3]] for the TFLite model, got [int8 [1, 4]].",
                refused { model.run(listOf(Tensor.Int8(listOf(1, 4), ByteArray(4)))) },
            )
        }
    }

    @Test
    fun `a run that fails is told in one line`() {
        LiteRt().open("model UINT8 1 fails".toByteArray()).use { model ->
            assertEquals(
                "Expected a TFLite model that runs here, got Internal error: it failed.",
                refused { model.run(listOf(Tensor.UInt8(shape, ByteArray(3)))) },
            )
        }
    }

    @Test
    fun `no thread is refused`() =
        assertEquals("Expected at least 1 thread, got 0.", refused { LiteRt(threads = 0) })

    private fun refused(act: () -> Unit): String =
        assertThrows(EngineException::class.java, act).message!!
}
