package satchel.texts

import satchel.CardException
import satchel.Limits
import satchel.RegexSpec
import satchel.bundle.Fields
import satchel.bundle.isLonger
import satchel.bundle.shown

/*
 * The kind `regex`: docs/bundle.md, section 5. It equals the RegexTokenizer of TFLite Model
 * Metadata and MediaPipe Tasks, id for id.
 */

private const val PAD = "<PAD>"
private const val START = "<START>"
private const val UNKNOWN = "<UNKNOWN>"
private const val MAX_ID_DIGITS = 9

/** Returns the tokenizer that a card describes; throws [CardException]. */
internal fun parseRegex(fields: Fields) = RegexSpec(
    delimiter = fields.text("delimiter"),
    vocabulary = fields.pattern("vocabulary", LINES),
)

/** Returns the tokenizer; throws [CardException] for a wrong delimiter or vocabulary. */
internal fun openRegex(spec: RegexSpec, content: ByteArray, length: Int): Tokenizer =
    RegexTokenizer(
        CharacterClass.parseDelimiter(spec.delimiter),
        parseTokensWithIds(content),
        length,
    )

/** Splits a text at [delimiter], and looks up every token in [vocabulary]. */
internal class RegexTokenizer(
    private val delimiter: CharacterClass,
    private val vocabulary: Map<String, Int>,
    private val length: Int,
) : Tokenizer {
    override val pad = vocabulary.getValue(PAD)
    override val takesSurrogates get() = true
    private val start = vocabulary.getValue(START)
    private val unknown = vocabulary.getValue(UNKNOWN)

    override fun encode(text: String): IntArray {
        val ids = IntArray(length)
        ids[0] = start
        var count = 1
        // The rest of the text is not read once all ids are filled.
        for (token in delimiter.split(text).take(length - 1)) {
            ids[count++] = vocabulary[token] ?: unknown
        }
        return ids.copyOf(count)
    }
}

/**
 * Returns the id of each token, read from lines of `token id`.
 *
 * @throws CardException unless every line has one new token and one id, and `<PAD>`, `<START>` and
 *   `<UNKNOWN>` are among the tokens
 */
internal fun parseTokensWithIds(content: ByteArray): Map<String, Int> {
    val lines = linesOf(content)
    if (lines.size > Limits.VOCABULARY) {
        throw CardException("at most ${Limits.VOCABULARY} tokens", "${lines.size}")
    }
    val vocabulary = HashMap<String, Int>(lines.size * 4 / 3 + 1)
    for ((at, line) in lines.withIndex()) {
        val token = line.substringBefore(' ')
        val id = idOf(line.substringAfter(' ', ""))
        val isPlain = token.isNotEmpty() && !isLonger(token, Limits.TOKEN_LENGTH)
        if (id == null || !isPlain || vocabulary.put(token, id) != null) {
            val expected = "a new token and its id on line ${at + 1} of the vocabulary"
            throw CardException(expected, shown(line))
        }
    }
    val missing = listOf(PAD, START, UNKNOWN).find { it !in vocabulary } ?: return vocabulary
    throw CardException("$PAD, $START and $UNKNOWN in the vocabulary", "none for $missing")
}

private fun idOf(digits: String): Int? {
    val isPlain = digits.length in 1..MAX_ID_DIGITS && digits.all { it in '0'..'9' }
    return if (isPlain) digits.toInt() else null
}
