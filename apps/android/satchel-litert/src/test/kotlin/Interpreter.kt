package org.tensorflow.lite

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * A fake of LiteRT's interpreter. A model is `model TYPE OUTPUTS`. It adds what earlier runs left
 * in its state to the first byte of its input, and returns the bytes.
 */
public class Interpreter(model: ByteBuffer, options: Options) : AutoCloseable {
    public class Options {
        public var threads: Int = -1
        public var usesXnnpack: Boolean? = null

        public fun setNumThreads(threads: Int): Options = apply { this.threads = threads }

        public fun setUseXNNPACK(isUsed: Boolean): Options = apply { usesXnnpack = isUsed }
    }

    private val words: List<String>
    private var state = 0

    init {
        require(model.isDirect && model.order() == ByteOrder.nativeOrder())
        words = String(ByteArray(model.remaining()).also { model.get(it) }).split(' ')
        require(words[0] == "model") { "ByteBuffer is not a valid model\nin a second line." }
        last = options
    }

    public fun getInputTensorCount(): Int = 1

    public fun getOutputTensorCount(): Int = words[2].toInt()

    public fun getInputTensor(index: Int): Tensor = FakeTensor(DataType.valueOf(words[1]))

    public fun getOutputTensor(index: Int): Tensor = FakeTensor(DataType.valueOf(words[1]))

    public fun runForMultipleInputsOutputs(inputs: Array<Any>, outputs: Map<Int, Any>) {
        check("fails" !in words) { "Internal error: it failed." }
        val input = inputs.single() as ByteBuffer
        val bytes = ByteArray(input.remaining()).also { input.get(it) }
        bytes[0] = (bytes[0] + state).toByte()
        state++
        (outputs.getValue(0) as ByteBuffer).put(bytes)
    }

    public fun resetVariableTensors() {
        state = 0
    }

    override fun close() {
        closed++
    }

    public companion object {
        /** The options of the interpreter that was opened last. */
        public var last: Options? = null

        /** The number of interpreters that were closed. */
        public var closed: Int = 0
    }
}

public interface Tensor {
    public fun dataType(): DataType

    public fun shape(): IntArray
}

private class FakeTensor(private val type: DataType) : Tensor {
    override fun dataType() = type

    override fun shape() = intArrayOf(1, 3)
}

public enum class DataType { FLOAT32, INT32, UINT8, INT64, STRING, BOOL, INT16, INT8 }
