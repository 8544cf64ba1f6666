package satchel.litert

import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.tensorflow.lite.DataType
import org.tensorflow.lite.Interpreter
import satchel.Dtype
import satchel.Engine
import satchel.EngineException
import satchel.Tensor

private val DTYPES = mapOf(
    DataType.FLOAT32 to Dtype.FLOAT32,
    DataType.UINT8 to Dtype.UINT8,
    DataType.INT8 to Dtype.INT8,
    DataType.INT32 to Dtype.INT32,
    DataType.INT64 to Dtype.INT64,
)

/** A TFLite model with one output that is open. Each run starts with a state of zero. */
internal class LiteRtEngine(private val interpreter: Interpreter) : Engine {
    private val forms: List<Form>
    private val memories: List<ByteBuffer>
    private val outputForm: Form
    private val output: ByteBuffer

    init {
        var opened = false
        try {
            val count = guarded("that can be asked") { interpreter.getOutputTensorCount() }
            if (count != 1) throw EngineException("a TFLite model with 1 output", "one with $count")
            val inputs = guarded("that can be asked") { interpreter.getInputTensorCount() }
            forms = List(inputs) { at -> formOf { interpreter.getInputTensor(at) } }
            outputForm = formOf { interpreter.getOutputTensor(0) }
            memories = forms.map { it.memory() }
            output = outputForm.memory()
            opened = true
        } finally {
            if (!opened) interpreter.close()
        }
    }

    override fun run(inputs: List<Tensor>): Tensor {
        val given = inputs.map { Form(it.dtype, it.shape) }
        if (given != forms) {
            throw EngineException("$forms for the TFLite model", "$given")
        }
        for ((tensor, memory) in inputs.zip(memories)) tensor.writeTo(memory)
        output.clear()
        guarded("that runs here") {
            interpreter.resetVariableTensors()
            interpreter.runForMultipleInputsOutputs(memories.toTypedArray(), mapOf(0 to output))
        }
        output.rewind()
        return outputForm.read(output)
    }

    override fun close(): Unit = guarded("that can be closed") { interpreter.close() }
}

/** The type and sides of a tensor. */
internal data class Form(val dtype: Dtype, val shape: List<Int>) {
    private val count = shape.fold(1L) { product, side -> product * side }

    override fun toString(): String = "${dtype.nameInCard} $shape"

    /** Returns memory outside the heap for a tensor. */
    fun memory(): ByteBuffer {
        val size = count * bytesEach
        if (size > Int.MAX_VALUE) {
            throw EngineException("a tensor of less than 2 GiB", "one of $size bytes")
        }
        return guarded("whose tensors fit") {
            ByteBuffer.allocateDirect(size.toInt()).order(ByteOrder.nativeOrder())
        }
    }

    private val bytesEach: Int
        get() = when (dtype) {
            Dtype.UINT8, Dtype.INT8 -> Byte.SIZE_BYTES
            Dtype.FLOAT32, Dtype.INT32 -> Int.SIZE_BYTES
            Dtype.INT64 -> Long.SIZE_BYTES
        }

    /** Returns a copy of the numbers in [memory]. */
    fun read(memory: ByteBuffer): Tensor {
        val size = count.toInt()
        return when (dtype) {
            Dtype.FLOAT32 ->
                Tensor.Float32(shape, FloatArray(size).also { memory.asFloatBuffer().get(it) })
            Dtype.INT32 ->
                Tensor.Int32(shape, IntArray(size).also { memory.asIntBuffer().get(it) })
            Dtype.INT64 ->
                Tensor.Int64(shape, LongArray(size).also { memory.asLongBuffer().get(it) })
            Dtype.UINT8 -> Tensor.UInt8(shape, ByteArray(size).also { memory.get(it) })
            Dtype.INT8 -> Tensor.Int8(shape, ByteArray(size).also { memory.get(it) })
        }
    }
}

private fun formOf(tensor: () -> org.tensorflow.lite.Tensor): Form {
    val (type, shape) = guarded("that can be asked") {
        tensor().let { it.dataType() to it.shape().toList() }
    }
    val dtype = DTYPES[type] ?: throw EngineException("a tensor of a dtype of the card", "$type")
    return Form(dtype, shape)
}

private fun Tensor.writeTo(memory: ByteBuffer) {
    memory.clear()
    when (this) {
        is Tensor.Float32 -> memory.asFloatBuffer().put(data)
        is Tensor.Int32 -> memory.asIntBuffer().put(data)
        is Tensor.Int64 -> memory.asLongBuffer().put(data)
        is Tensor.UInt8 -> memory.put(data)
        is Tensor.Int8 -> memory.put(data)
    }
    memory.rewind()
}
