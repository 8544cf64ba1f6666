package satchel.texts

import satchel.CardException
import satchel.EngineException
import satchel.InputException
import satchel.KerasTokenizerSpec
import satchel.Limits
import satchel.RegexSpec
import satchel.SentencePieceSpec
import satchel.TextInput
import satchel.TextTensor
import satchel.TokenizerSpec
import satchel.VectorizationSpec
import satchel.WordPieceSpec
import satchel.bundle.Fields
import satchel.bundle.characters
import satchel.bundle.isLonger
import satchel.bundle.isUnicode

/* Texts: docs/bundle.md, section 5. What all kinds of tokenizers have in common. */

/** Turns a text into rows of numbers, one for each of the model's tensors. */
internal fun interface TextPreparation {
    /**
     * Returns the rows of [text].
     *
     * @throws InputException for a text of more than [Limits.TEXT_LENGTH] characters, and for
     *   halves of surrogate pairs that the tokenizer does not take
     */
    fun rows(text: String): List<IntArray>
}

/** Turns a text into token ids, at most as many as the model takes. */
internal interface Tokenizer {
    /** The id that fills a tensor up. */
    val pad: Int

    /** Whether the padding stands in front of the ids. */
    val padsInFront: Boolean get() = false

    /** Whether a text may have halves of surrogate pairs. */
    val takesSurrogates: Boolean get() = false

    /** Returns the ids of a text without padding. */
    fun encode(text: String): IntArray
}

/** Returns the tokenizer that a card describes; throws [CardException]. */
internal fun parseTokenizer(fields: Fields): TokenizerSpec =
    fields.choice("kind", PARSERS.keys.toList(), { it }).let { PARSERS.getValue(it)(fields) }

private val PARSERS: Map<String, (Fields) -> TokenizerSpec> = mapOf(
    "regex" to ::parseRegex,
    "vectorization" to ::parseVectorization,
    "keras_tokenizer" to ::parseKerasTokenizer,
    "wordpiece" to ::parseWordPiece,
    "sentencepiece" to ::parseSentencePiece,
)

/**
 * Returns what prepares the texts of [input]. [content] is the file that its tokenizer needs.
 *
 * @throws CardException for a delimiter or vocabulary that breaks the rules of its kind
 * @throws EngineException for a kind that this reader does not have
 */
internal fun openTokenizer(input: TextInput, content: ByteArray): TextPreparation =
    when (val spec = input.tokenizer) {
        is RegexSpec -> preparing(input, openRegex(spec, content, input.length))
        is VectorizationSpec -> openVectorization(spec, content, input)
        is KerasTokenizerSpec -> preparing(input, openKerasTokenizer(spec, content, input.length))
        is WordPieceSpec -> preparing(input, openWordPiece(spec, content, input.length))
        is SentencePieceSpec -> throw refused(spec)
    }

/** Returns what prepares texts with [tokenizer]: ids to tensors. */
internal fun preparing(input: TextInput, tokenizer: Tokenizer) = TextPreparation { text ->
    checkText(text, tokenizer.takesSurrogates)
    val ids = tokenizer.encode(text)
    input.tensors.map { row(it, ids, tokenizer, input.length) }
}

private fun row(tensor: TextTensor, ids: IntArray, tokenizer: Tokenizer, length: Int): IntArray {
    val filled = IntArray(length)
    val begin = if (tokenizer.padsInFront) length - ids.size else 0
    when (tensor) {
        TextTensor.IDS -> {
            filled.fill(tokenizer.pad)
            ids.copyInto(filled, begin)
        }
        TextTensor.MASK -> filled.fill(1, begin, begin + ids.size)
        TextTensor.SEGMENTS -> Unit
    }
    return filled
}

/** Throws [InputException] for a text that no tokenizer takes, or not this one. */
internal fun checkText(text: String, takesSurrogates: Boolean) {
    if (isLonger(text, Limits.TEXT_LENGTH)) {
        val expected = "a text of at most ${Limits.TEXT_LENGTH} characters"
        throw InputException(expected, "${characters(text)}")
    }
    if (!takesSurrogates && !isUnicode(text)) {
        val remedy = "decode the text again"
        throw InputException("a text that UTF-8 can hold", "half of a surrogate pair", remedy)
    }
}
