package satchel.onnx

import ai.onnxruntime.OrtException
import satchel.EngineException

/**
 * Returns what [act] returns.
 *
 * @throws EngineException instead of an exception of ONNX Runtime, or if memory does not suffice
 */
internal inline fun <T> guarded(expected: String, act: () -> T): T = try {
    act()
} catch (error: OrtException) {
    throw EngineException("an ONNX model $expected", error.firstLine(), null, error)
} catch (error: OutOfMemoryError) {
    val remedy = "close what is open, or use a smaller model"
    throw EngineException("memory for an ONNX model", "too little", remedy, error)
}

/** The first line of the message, of at most [LONGEST_LINE] characters. */
internal fun Throwable.firstLine(): String {
    val line = message.orEmpty().lineSequence().first().trim().trimEnd('.')
    return line.take(LONGEST_LINE).ifEmpty { javaClass.simpleName }
}

private const val LONGEST_LINE = 300
