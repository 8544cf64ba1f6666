package satchel.texts

import satchel.bundle.forEachCodePoint

private const val SIGMA = 0x3a3
private const val FINAL_SIGMA = 0x3c2

/** The tables of docs/lower_case.json, which are parsed when the first text needs them. */
private object Tables {
    private val stored = StoredTables(LOWER_CASE_TABLES)
    val lower = stored.lowerCase()
    val cased = stored.set("cased")
    val ignorable = stored.set("ignorable")
}

/**
 * Returns the full lower case of a text in no language, by Unicode's `SpecialCasing.txt`.
 *
 * The platform's own would not do: a JDK looks for the end of a word by its own rules, and the
 * Unicode version of Android is that of the device.
 */
internal fun lowerCase(text: String): String {
    val lowered = StringBuilder(text.length)
    var at = 0
    forEachCodePoint(text) { code ->
        val next = at + Character.charCount(code)
        when {
            code in 'A'.code..'Z'.code -> lowered.append(Char(code + 32))
            code < 128 -> lowered.append(Char(code))
            code == SIGMA && isFinal(text, at, next) -> lowered.appendCodePoint(FINAL_SIGMA)
            else -> Tables.lower.append(code, lowered)
        }
        at = next
    }
    return lowered.toString()
}

/** Returns whether a word ends between [begin] and [end]: a letter is in front, and none behind. */
private fun isFinal(text: String, begin: Int, end: Int): Boolean =
    isCasedInFront(text, begin) && !isCasedBehind(text, end)

private fun isCasedInFront(text: String, begin: Int): Boolean {
    var at = begin
    while (at > 0) {
        val code = text.codePointBefore(at)
        if (code !in Tables.ignorable) return code in Tables.cased
        at -= Character.charCount(code)
    }
    return false
}

private fun isCasedBehind(text: String, end: Int): Boolean {
    var at = end
    while (at < text.length) {
        val code = text.codePointAt(at)
        if (code !in Tables.ignorable) return code in Tables.cased
        at += Character.charCount(code)
    }
    return false
}
