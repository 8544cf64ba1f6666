package satchel.texts

import satchel.CardException
import satchel.Limits
import satchel.WordPieceSpec
import satchel.bundle.Fields
import satchel.bundle.characters
import satchel.bundle.isLonger
import satchel.bundle.isUnicode
import satchel.bundle.shown

/*
 * The kind `wordpiece`: docs/bundle.md, section 5. It equals BERT's tokenizer as Hugging Face
 * `tokenizers` has it, id for id.
 */

private const val MAX_SPECIALS = 1000
private const val MAX_WORD_LENGTH = 1000L
private val TOKEN = 1..Limits.TOKEN_LENGTH

/** Returns the tokenizer that a card describes; throws [CardException]. */
internal fun parseWordPiece(fields: Fields) = WordPieceSpec(
    vocabulary = fields.pattern("vocabulary", LINES),
    lower = fields.flag("lower"),
    stripAccents = fields.flag("strip_accents"),
    clean = fields.flag("clean"),
    chinese = fields.flag("chinese"),
    unknown = fields.unicodeText("unknown", TOKEN),
    start = fields.optionalText("start", TOKEN),
    end = fields.optionalText("end", TOKEN),
    pad = fields.unicodeText("pad", TOKEN),
    prefix = fields.unicodeText("prefix", 0..Limits.TOKEN_LENGTH),
    wordLength = fields.int("word_length", 1L..MAX_WORD_LENGTH),
    specials = specials(fields),
)

private fun specials(fields: Fields): List<String> {
    val found = fields.texts("specials", missing = emptyList())
    val arePlain = found.all { characters(it) in TOKEN && isUnicode(it) }
    if (!arePlain || found.toSet().size < found.size || found.size > MAX_SPECIALS) {
        throw fields.wrongValue("specials", "at most $MAX_SPECIALS different tokens", found)
    }
    return found
}

/**
 * Returns the tokenizer.
 *
 * @throws CardException for a wrong vocabulary, for a special token that is not in it, and for a
 *   length that has no room beside the start and the end
 */
internal fun openWordPiece(spec: WordPieceSpec, content: ByteArray, length: Int): Tokenizer =
    WordPiece(spec, parseLines(content), length)

private class WordPiece(
    private val spec: WordPieceSpec,
    vocabulary: Map<String, Int>,
    private val length: Int,
) : Tokenizer {
    private val ids = vocabulary.withDefault { token ->
        throw CardException("${shown(token)} in the vocabulary", "none")
    }
    override val pad = ids.getValue(spec.pad)
    private val start = spec.start?.let(ids::getValue)
    private val end = spec.end?.let(ids::getValue)
    private val room = length - listOfNotNull(start, end).size
    private val pieces = Pieces(spec, vocabulary, ids.getValue(spec.unknown))
    private val specials = Specials(spec.specials.associateWith(ids::getValue))

    init {
        if (room < 0) throw CardException("a length for the start and the end", "$length")
    }

    override fun encode(text: String): IntArray {
        val found = IdList(length)
        if (start != null) found.add(start)
        val most = found.size + room
        if (room > 0) {
            specials.split(text) { part, special ->
                if (special == null) addWords(part, found, most) else found.add(special)
                found.size < most
            }
        }
        if (end != null) found.add(end)
        return found.toIntArray()
    }

    private fun addWords(text: String, found: IdList, most: Int) {
        for (word in bertWords(text, spec)) {
            if (found.size == most) return
            for (id in pieces.of(word)) if (found.size < most) found.add(id)
        }
    }
}

/** At most [most] ids. */
private class IdList(most: Int) {
    private val ids = IntArray(most)
    var size = 0
        private set

    fun add(id: Int) {
        ids[size++] = id
    }

    fun toIntArray(): IntArray = ids.copyOf(size)
}

/** The tokens that a text may hold as they are, with their [ids]. */
private class Specials(private val ids: Map<String, Int>) {
    /** The tokens by their first character. The longest comes first, as one may begin another. */
    private val byBegin = ids.keys.sortedByDescending { it.length }.groupBy { it[0] }

    /**
     * Calls [each] with the parts of a text in order until it returns false: a special token with
     * its id, or the text between two of them with null.
     */
    inline fun split(text: String, each: (part: String, special: Int?) -> Boolean) {
        var begin = 0
        var at = 0
        while (byBegin.isNotEmpty() && at < text.length) {
            val token = tokenAt(text, at)
            if (token == null) {
                at++
                continue
            }
            if (at > begin && !each(text.substring(begin, at), null)) return
            if (!each(token, ids.getValue(token))) return
            at += token.length
            begin = at
        }
        if (begin < text.length) each(text.substring(begin), null)
    }

    fun tokenAt(text: String, at: Int): String? =
        byBegin[text[at]]?.find { text.startsWith(it, at) }
}

/** Cuts words into pieces of a vocabulary, always the longest that fits. */
private class Pieces(spec: WordPieceSpec, private val first: Map<String, Int>, unknown: Int) {
    /** The pieces that continue a word, without their prefix. */
    private val more: Map<String, Int> = first
        .filterKeys { it.startsWith(spec.prefix) }
        .mapKeys { it.key.substring(spec.prefix.length) }

    /** The number of UTF-16 units of the longest token. */
    private val longest = first.keys.maxOf { it.length }
    private val unknown = listOf(unknown)
    private val wordLength = spec.wordLength

    /** Returns the ids of a word's pieces; the unknown id alone if it has none. */
    fun of(word: String): List<Int> {
        if (isLonger(word, wordLength)) return unknown
        val found = ArrayList<Int>()
        var known = first
        var start = 0
        while (start < word.length) {
            // Half of a surrogate pair is never at the end of a token.
            val ends = minOf(word.length, start + longest) downTo start + 1
            val end = ends.firstOrNull { word.substring(start, it) in known } ?: return unknown
            found += known.getValue(word.substring(start, end))
            start = end
            known = more
        }
        return found
    }
}
