package satchel.litert

import satchel.EngineException

/**
 * Returns what [act], which calls nothing but LiteRT, returns.
 *
 * @throws EngineException instead of the exceptions of LiteRT, all of them unchecked, or if memory
 *   does not suffice
 */
internal inline fun <T> guarded(expected: String, act: () -> T): T = try {
    act()
} catch (error: RuntimeException) {
    throw EngineException("a TFLite model $expected", error.firstLine(), null, error)
} catch (error: OutOfMemoryError) {
    val remedy = "close what is open, or use a smaller model"
    throw EngineException("memory for a TFLite model", "too little", remedy, error)
}

/** The first line of the message, of at most [LONGEST_LINE] characters. */
internal fun Throwable.firstLine(): String {
    val line = message.orEmpty().lineSequence().first().trim().trimEnd('.')
    return line.take(LONGEST_LINE).ifEmpty { javaClass.simpleName }
}

private const val LONGEST_LINE = 300
