package satchel.onnx

import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OnnxValue
import ai.onnxruntime.OrtEnvironment
import java.nio.ByteBuffer
import java.nio.ByteOrder
import satchel.EngineException
import satchel.Tensor

/*
 * Tensors of ONNX Runtime from tensors of the card, and back.
 */

/** Memory outside the heap, from which C reads a tensor without a copy. It is kept between runs. */
internal class NativeMemory {
    private var buffer = ByteBuffer.allocateDirect(0)

    /** Returns room for [count] numbers. What was returned before is overwritten. */
    fun room(count: Int, bytesEach: Int): ByteBuffer {
        val size = count.toLong() * bytesEach
        if (size > Int.MAX_VALUE) {
            throw EngineException("an input of less than 2 GiB", "one of $size bytes")
        }
        if (buffer.capacity() < size) {
            buffer = ByteBuffer.allocateDirect(size.toInt()).order(ByteOrder.nativeOrder())
        }
        buffer.clear()
        buffer.limit(size.toInt())
        return buffer
    }
}

/** Returns a tensor of ONNX Runtime in [memory], which must not be used until it is closed. */
internal fun onnxTensor(
    environment: OrtEnvironment,
    tensor: Tensor,
    memory: NativeMemory,
): OnnxTensor {
    val shape = LongArray(tensor.shape.size) { tensor.shape[it].toLong() }
    return when (tensor) {
        is Tensor.Float32 -> {
            val numbers = memory.room(tensor.data.size, Float.SIZE_BYTES).asFloatBuffer()
            numbers.put(tensor.data).rewind()
            OnnxTensor.createTensor(environment, numbers, shape)
        }
        is Tensor.Int32 -> {
            val numbers = memory.room(tensor.data.size, Int.SIZE_BYTES).asIntBuffer()
            numbers.put(tensor.data).rewind()
            OnnxTensor.createTensor(environment, numbers, shape)
        }
        is Tensor.Int64 -> {
            val numbers = memory.room(tensor.data.size, Long.SIZE_BYTES).asLongBuffer()
            numbers.put(tensor.data).rewind()
            OnnxTensor.createTensor(environment, numbers, shape)
        }
        is Tensor.UInt8 -> {
            val bytes = memory.filled(tensor.data)
            OnnxTensor.createTensor(environment, bytes, shape, OnnxJavaType.UINT8)
        }
        is Tensor.Int8 -> {
            val bytes = memory.filled(tensor.data)
            OnnxTensor.createTensor(environment, bytes, shape, OnnxJavaType.INT8)
        }
    }
}

private fun NativeMemory.filled(data: ByteArray): ByteBuffer =
    room(data.size, Byte.SIZE_BYTES).apply { put(data).rewind() }

/** Returns the numbers of an output, which may be closed afterwards. */
internal fun tensorOf(value: OnnxValue): Tensor {
    val output = value as? OnnxTensor
        ?: throw EngineException("an ONNX model whose output is a tensor", "${value.type}")
    val shape = output.info.shape.map { it.toInt() }
    val size = output.info.numElements.toInt()
    return when (val type = output.info.type) {
        OnnxJavaType.FLOAT ->
            Tensor.Float32(shape, FloatArray(size).also { output.floatBuffer.get(it) })
        OnnxJavaType.INT32 -> Tensor.Int32(shape, IntArray(size).also { output.intBuffer.get(it) })
        OnnxJavaType.INT64 ->
            Tensor.Int64(shape, LongArray(size).also { output.longBuffer.get(it) })
        OnnxJavaType.UINT8 ->
            Tensor.UInt8(shape, ByteArray(size).also { output.byteBuffer.get(it) })
        OnnxJavaType.INT8 -> Tensor.Int8(shape, ByteArray(size).also { output.byteBuffer.get(it) })
        else -> throw EngineException("an output of a dtype of the card", "ONNX's $type")
    }
}
