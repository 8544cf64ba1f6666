package satchel.texts

import satchel.CardException
import satchel.Json
import satchel.Limits
import satchel.bundle.decodeUtf8
import satchel.bundle.isLonger
import satchel.bundle.isUnicode
import satchel.bundle.loadJson
import satchel.bundle.shown

/* Vocabularies in which the place of a token is its id: docs/bundle.md, section 5. */

/** The name of a file that is a JSON list. */
internal val LISTED = Regex("[a-z0-9][a-z0-9._-]{0,90}\\.json")

/** The name of a file of lines. No other file of a bundle or of a .tflite has such a name. */
internal val LINES = Regex("(?!labels\\.txt)[a-z0-9][a-z0-9._-]{0,90}\\.txt")

/** The ids that a token may have. */
internal val TOKEN_IDS = 0L..<Limits.VOCABULARY

/** Returns the id of each token of a JSON list of texts and nulls; throws [CardException]. */
internal fun parseListed(content: ByteArray): Map<String, Int> {
    val value = loadJson(content, Limits.VOCABULARY_BYTES)
    if (value !is Json.Array) throw CardException("a list of tokens as vocabulary", shown(value))
    return idsOf(value.items.map(::tokenOrNull))
}

private fun tokenOrNull(value: Json): String? = when {
    value == Json.Null -> null
    value is Json.Text && isUnicode(value.value) -> value.value
    else -> throw CardException("texts of UTF-8 and nulls in the vocabulary", shown(value))
}

/** Returns the id of each token of UTF-8 lines; throws [CardException]. */
internal fun parseLines(content: ByteArray): Map<String, Int> = idsOf(linesOf(content))

/** Returns the lines of UTF-8, without the line feed at the end; throws [CardException]. */
internal fun linesOf(content: ByteArray): List<String> {
    val text = decodeUtf8(content) ?: throw CardException("a vocabulary in UTF-8", "other bytes")
    return text.removeSuffix("\n").split('\n')
}

private fun idsOf(tokens: List<String?>): Map<String, Int> {
    if (tokens.isEmpty() || tokens.size > Limits.VOCABULARY) {
        throw CardException("1 to ${Limits.VOCABULARY} tokens", "${tokens.size}")
    }
    val found = HashMap<String, Int>(tokens.size * 4 / 3 + 1)
    for ((id, token) in tokens.withIndex()) {
        if (token == null) continue
        if (isLonger(token, Limits.TOKEN_LENGTH)) {
            val expected = "tokens of at most ${Limits.TOKEN_LENGTH} characters"
            throw CardException(expected, shown(token))
        }
        if (found.put(token, id) != null) {
            throw CardException("each token once in the vocabulary", "${shown(token)} twice")
        }
    }
    return found
}
