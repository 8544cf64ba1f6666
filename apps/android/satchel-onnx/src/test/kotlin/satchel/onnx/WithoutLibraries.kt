package satchel.onnx

import satchel.EngineException

/** Prints what the engine says on a machine for which it has no libraries. */
fun main() {
    try {
        OnnxRuntime()
    } catch (error: EngineException) {
        println(error.message)
    }
}
