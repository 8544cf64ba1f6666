package satchel.texts

import java.text.Normalizer
import satchel.bundle.forEachCodePoint

/* The canonical decomposition (NFD) of `strip_accents`: docs/bundle.md, section 5. */

/** Marks of the first and of the last of Unicode's combining classes. */
private const val FIRST_CLASS = "\u0334"
private const val LAST_CLASS = "\u0345"

/**
 * Returns the canonical decomposition of a text, with marks in canonical order. Characters of
 * [BertTables.whole] stay as they are, and nothing is put in order beside them.
 *
 * Each character is decomposed alone: a platform takes quadratic time for a long row of marks.
 */
internal fun decomposed(text: String): String {
    val parts = StringBuilder(text.length)
    val found = HashMap<Int, String>()
    var hasOrdered = false
    forEachCodePoint(text) { code ->
        if (code < 128) {
            parts.append(Char(code))
        } else {
            val part = found.getOrPut(code) { decomposed(code) }
            parts.append(part)
            forEachCodePoint(part) { hasOrdered = hasOrdered || it in BertTables.ordered }
        }
    }
    return if (hasOrdered) inOrder(parts.toString()) else parts.toString()
}

private fun decomposed(code: Int): String {
    val character = String(Character.toChars(code))
    return if (code in BertTables.whole) character else normalized(character)
}

private fun normalized(text: String) = Normalizer.normalize(text, Normalizer.Form.NFD)

/** Returns the text with each row of marks in the order of their classes. */
private fun inOrder(text: String): String {
    val ordered = StringBuilder(text.length)
    val row = ArrayList<Int>()
    val classes = MarkClasses()
    forEachCodePoint(text) { code ->
        if (classes.hasClass(code)) {
            row += code
        } else {
            classes.sorted(row).forEach(ordered::appendCodePoint)
            row.clear()
            ordered.appendCodePoint(code)
        }
    }
    classes.sorted(row).forEach(ordered::appendCodePoint)
    return ordered.toString()
}

/** The combining classes of marks, which a platform only shows by the order of two of them. */
private class MarkClasses {
    private val known = HashMap<Int, Boolean>()

    /** Returns whether a character has a class, so that others may be put in front of it. */
    fun hasClass(code: Int): Boolean = known.getOrPut(code) {
        code !in BertTables.whole && isMark(code) && String(Character.toChars(code)).let {
            areExchanged(LAST_CLASS, it) || areExchanged(it, FIRST_CLASS)
        }
    }

    /** Returns the marks of a row in the order of their classes; those of one class keep theirs. */
    fun sorted(row: List<Int>): List<Int> {
        if (row.size < 2) return row
        val byClass = row.distinct().sortedWith { one, other -> compare(one, other) }
        val ranks = HashMap<Int, Int>()
        for ((at, code) in byClass.withIndex()) {
            val before = byClass.getOrNull(at - 1)
            val isSame = before != null && compare(before, code) == 0
            ranks[code] = if (isSame) ranks.getValue(before) else at
        }
        return row.sortedBy(ranks::getValue)
    }

    private fun compare(one: Int, other: Int): Int {
        val first = String(Character.toChars(one))
        val second = String(Character.toChars(other))
        return when {
            areExchanged(first, second) -> 1
            areExchanged(second, first) -> -1
            else -> 0
        }
    }

    private fun areExchanged(one: String, other: String): Boolean =
        normalized(one + other) != one + other
}

private fun isMark(code: Int): Boolean = when (Character.getType(code).toByte()) {
    Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true
    else -> false
}
