package satchel.bundle

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.CodingErrorAction

/** Returns the number of characters of a text. A surrogate pair counts as one. */
internal fun characters(text: String): Int = text.codePointCount(0, text.length)

/** Returns whether a text has more than [most] characters. A short one is not counted. */
internal fun isLonger(text: String, most: Int): Boolean =
    text.length > most && characters(text) > most

/** Returns whether UTF-8 can hold a text: it has no half of a surrogate pair. */
internal fun isUnicode(text: String): Boolean = text.indices.none { isHalf(text, it) }

/** Returns whether a half of a surrogate pair stands at [at], without its other half. */
internal fun isHalf(text: String, at: Int): Boolean {
    val character = text[at]
    return when {
        !character.isSurrogate() -> false
        character.isHighSurrogate() -> at + 1 == text.length || !text[at + 1].isLowSurrogate()
        else -> at == 0 || !text[at - 1].isHighSurrogate()
    }
}

/** Calls [each] with every code point of a text, in order; halves of pairs count as one. */
internal inline fun forEachCodePoint(text: String, each: (code: Int) -> Unit) {
    var at = 0
    while (at < text.length) {
        val code = text.codePointAt(at)
        each(code)
        at += Character.charCount(code)
    }
}

/** Returns the text of UTF-8 bytes, with a byte order mark if it has one; null for others. */
internal fun decodeUtf8(content: ByteArray): String? {
    val decoder = Charsets.UTF_8.newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT)
    return try {
        decoder.decode(ByteBuffer.wrap(content)).toString()
    } catch (_: CharacterCodingException) {
        null
    }
}
