package satchel.onnx

import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtSession
import satchel.Engine
import satchel.EngineException
import satchel.Tensor

/** An ONNX model with one output that is open. It keeps no state between runs. */
internal class OnnxEngine(
    private val environment: OrtEnvironment,
    private val session: OrtSession,
) : Engine {
    /** The names of the inputs, in the model's order. */
    private val names = session.inputNames.toList()
    private val memories = names.map { NativeMemory() }

    init {
        if (session.numOutputs != 1L) {
            val got = "one with ${session.numOutputs}"
            session.close()
            throw EngineException("an ONNX model with 1 output", got)
        }
    }

    override fun run(inputs: List<Tensor>): Tensor {
        if (inputs.size != names.size) {
            val expected = "${names.size} inputs for the ONNX model"
            throw EngineException(expected, "${inputs.size}")
        }
        return guarded("that runs here") { answer(inputs) }
    }

    private fun answer(inputs: List<Tensor>): Tensor {
        val fed = LinkedHashMap<String, OnnxTensor>()
        try {
            for ((at, tensor) in inputs.withIndex()) {
                fed[names[at]] = onnxTensor(environment, tensor, memories[at])
            }
            return session.run(fed).use { tensorOf(it.get(0)) }
        } finally {
            fed.values.forEach { it.close() }
        }
    }

    override fun close(): Unit = guarded("that can be closed") { session.close() }
}
