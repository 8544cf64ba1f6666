@file:Suppress("UNUSED_PARAMETER")

/*
 * Signatures only: what satchel-litert calls of the public Java interface of LiteRT, which is on
 * Google's Maven alone. The module is compiled against this file, and no JAR or AAR holds it. At run
 * time the classes of com.google.ai.edge.litert:litert take its place.
 */
package org.tensorflow.lite

import java.nio.ByteBuffer

public class Interpreter(model: ByteBuffer, options: Options) : AutoCloseable {
    public class Options {
        public fun setNumThreads(threads: Int): Options = absent()

        public fun setUseXNNPACK(isUsed: Boolean): Options = absent()
    }

    public fun getInputTensorCount(): Int = absent()

    public fun getOutputTensorCount(): Int = absent()

    public fun getInputTensor(index: Int): Tensor = absent()

    public fun getOutputTensor(index: Int): Tensor = absent()

    public fun runForMultipleInputsOutputs(inputs: Array<Any>, outputs: Map<Int, Any>): Unit =
        absent()

    public fun resetVariableTensors(): Unit = absent()

    override fun close(): Unit = absent()
}

public interface Tensor {
    public fun dataType(): DataType

    public fun shape(): IntArray
}

public enum class DataType { FLOAT32, INT32, UINT8, INT64, STRING, BOOL, INT16, INT8 }

private fun absent(): Nothing = error("Expected the classes of LiteRT, got their signatures.")
