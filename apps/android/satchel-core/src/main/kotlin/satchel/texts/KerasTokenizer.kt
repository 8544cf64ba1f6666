package satchel.texts

import satchel.KerasTokenizerSpec
import satchel.TextEnd
import satchel.TokenUnit
import satchel.bundle.Fields
import satchel.bundle.forEachCodePoint

/*
 * The kind `keras_tokenizer`: docs/bundle.md, section 5. It equals Keras's legacy Tokenizer and
 * pad_sequences, id for id.
 */

private val FILTERS = 0..1000
private val SEPARATOR = 1..20

/** Returns the tokenizer that a card describes; throws [satchel.CardException]. */
internal fun parseKerasTokenizer(fields: Fields) = KerasTokenizerSpec(
    vocabulary = fields.pattern("vocabulary", LISTED),
    unit = fields.choice("unit", TokenUnit.entries, TokenUnit::nameInCard, TokenUnit.WORD),
    lower = fields.flag("lower"),
    filters = fields.unicodeText("filters", FILTERS, missing = ""),
    separator = fields.unicodeText("separator", SEPARATOR, missing = " "),
    unknown = fields.tokenId("unknown"),
    pad = fields.int("pad", TOKEN_IDS, missing = 0),
    padding = fields.choice("padding", TextEnd.entries, TextEnd::nameInCard, TextEnd.PRE),
    truncating = fields.choice("truncating", TextEnd.entries, TextEnd::nameInCard, TextEnd.PRE),
)

/** Returns the tokenizer; throws [satchel.CardException] for a wrong vocabulary. */
internal fun openKerasTokenizer(
    spec: KerasTokenizerSpec,
    content: ByteArray,
    length: Int,
): Tokenizer = KerasTokenizer(spec, parseListed(content), length)

private class KerasTokenizer(
    private val spec: KerasTokenizerSpec,
    private val vocabulary: Map<String, Int>,
    private val length: Int,
) : Tokenizer {
    override val pad get() = spec.pad
    override val padsInFront get() = spec.padding == TextEnd.PRE
    private val filters = buildSet { forEachCodePoint(spec.filters) { add(it) } }

    override fun encode(text: String): IntArray {
        val ids = tokens(text).mapNotNull { vocabulary[it] ?: spec.unknown }
        return when (spec.truncating) {
            TextEnd.PRE -> ids.toList().takeLast(length)
            TextEnd.POST -> ids.take(length).toList()
        }.toIntArray()
    }

    private fun tokens(text: String): Sequence<String> {
        val lowered = if (spec.lower) lowerCase(text) else text
        return when (spec.unit) {
            TokenUnit.CHARACTER -> charactersOf(lowered)
            TokenUnit.WORD ->
                filtered(lowered).splitToSequence(spec.separator).filter { it.isNotEmpty() }
        }
    }

    private fun filtered(text: String): String {
        if (filters.isEmpty()) return text
        val kept = StringBuilder(text.length)
        forEachCodePoint(text) { code ->
            if (code in filters) kept.append(spec.separator) else kept.appendCodePoint(code)
        }
        return kept.toString()
    }
}
