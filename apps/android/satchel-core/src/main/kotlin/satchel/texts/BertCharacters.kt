package satchel.texts

import satchel.WordPieceSpec
import satchel.bundle.forEachCodePoint

/*
 * The words of BERT: docs/bundle.md, section 5, `wordpiece`, steps 2 and 3.
 *
 * What a character is stands in tables, because those of Hugging Face are of several Unicode
 * versions, and the platform's would differ.
 */

private val CHINESE = CharacterSet(
    listOf(
        0x3400..0x4dbf,
        0x4e00..0x9fff,
        0xf900..0xfaff,
        0x20000..0x2a6df,
        0x2a700..0x2b81f,
        0x2b920..0x2ceaf,
        0x2f800..0x2fa1f,
    ),
)

/** The tables of bert_characters.json, which are parsed when the first text needs them. */
internal object BertTables {
    private val stored = StoredTables(BERT_CHARACTER_TABLES)
    val removed = stored.set("removed")
    val spaces = stored.set("spaces")
    val marks = stored.set("marks")
    val whole = stored.set("whole")
    val ordered = stored.set("ordered")
    val punctuation = stored.set("punctuation")
    val lower = stored.lowerCase()
}

/** Returns the words of a text and its punctuation, in their order, as they are asked for. */
internal fun bertWords(text: String, spec: WordPieceSpec): Sequence<String> {
    val cleaned = cleaned(text, spec)
    return words(if (spec.stripAccents) withoutAccents(cleaned) else cleaned, spec.lower)
}

/** Takes out what `clean` removes, and puts spaces around Chinese characters. */
private fun cleaned(text: String, spec: WordPieceSpec): String {
    if (!spec.clean && !spec.chinese) return text
    val kept = StringBuilder(text.length)
    forEachCodePoint(text) { code ->
        when {
            spec.clean && code in BertTables.removed -> Unit
            spec.chinese && code in CHINESE -> kept.append(' ').appendCodePoint(code).append(' ')
            else -> kept.appendCodePoint(code)
        }
    }
    return kept.toString()
}

private fun withoutAccents(text: String): String {
    if (text.all { it.code < 128 }) return text
    val kept = StringBuilder(text.length)
    forEachCodePoint(decomposed(text)) { code ->
        if (code !in BertTables.marks) kept.appendCodePoint(code)
    }
    return kept.toString()
}

private fun words(text: String, lower: Boolean): Sequence<String> = sequence {
    val word = StringBuilder()
    var at = 0
    while (at < text.length) {
        val code = text.codePointAt(at)
        at += Character.charCount(code)
        val isPunctuation = code in BertTables.punctuation
        if (isPunctuation || code in BertTables.spaces) {
            if (word.isNotEmpty()) yield(word.toString())
            word.setLength(0)
            if (isPunctuation) yield(String(Character.toChars(code)))
        } else if (lower) {
            BertTables.lower.append(code, word)
        } else {
            word.appendCodePoint(code)
        }
    }
    if (word.isNotEmpty()) yield(word.toString())
}
