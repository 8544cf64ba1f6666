package satchel.texts

import satchel.CardException
import satchel.Limits
import satchel.bundle.characters
import satchel.bundle.forEachCodePoint
import satchel.bundle.shown

/*
 * Character classes, which are the only patterns of a card: docs/bundle.md, section 5.
 *
 * They are sets of characters, so no regular expression engine is needed, whose version and Unicode
 * tables would be the platform's.
 */

private const val MAX_PATTERN_LENGTH = 200
private const val LAST_CHARACTER = 0x10ffff
private const val ASCII_END = 128

/** Doubled marks, which are operations on sets in some languages' regular expressions. */
private val DOUBLED = listOf("&&", "||", "--", "~~")

private val DIGIT = listOf('0'.code..'9'.code)
private val WORD =
    DIGIT + listOf('A'.code..'Z'.code, '_'.code..'_'.code, 'a'.code..'z'.code)

/** Tab and line feed, form feed and carriage return, space. */
private val SPACE = listOf(9..10, 12..13, 32..32)

/** A set of characters. Halves of surrogate pairs that stand alone are characters too. */
internal class CharacterClass private constructor(
    ranges: List<IntRange>,
    negated: Boolean,
    /** Whether the pattern takes runs of characters, and not each by itself. */
    val repeated: Boolean,
) {
    private val ranges = if (negated) complement(ranges) else ranges
    private val ascii = BooleanArray(ASCII_END, ::isInRanges)

    operator fun contains(code: Int): Boolean =
        if (code < ASCII_END) ascii[code] else isInRanges(code)

    private fun isInRanges(code: Int): Boolean = ranges.any { code in it }

    /** Returns [text] with [by] in the place of each character of the class, or of each run. */
    fun replace(text: String, by: String): String {
        val changed = StringBuilder(text.length)
        var isInRun = false
        forEachCodePoint(text) { code ->
            val matches = code in this
            if (!matches) {
                changed.appendCodePoint(code)
            } else if (!isInRun) {
                changed.append(by)
            }
            isInRun = matches && repeated
        }
        return changed.toString()
    }

    /** Returns the texts between the characters of the class, without empty ones, as they come. */
    fun split(text: String): Sequence<String> = sequence {
        var begin = 0
        var at = 0
        while (at < text.length) {
            val code = text.codePointAt(at)
            val next = at + Character.charCount(code)
            if (code in this@CharacterClass) {
                if (at > begin) yield(text.substring(begin, at))
                begin = next
            }
            at = next
        }
        if (begin < text.length) yield(text.substring(begin))
    }

    companion object {
        /**
         * Returns the class that a delimiter names, which must be repeated; throws [CardException]
         * for anything else.
         */
        fun parseDelimiter(pattern: String): CharacterClass {
            if (!pattern.endsWith('+')) throw wrongClass(pattern)
            return parse(pattern)
        }

        /**
         * Returns the class that [pattern] names, with or without a `+` behind it; throws
         * [CardException] for anything else.
         */
        fun parse(pattern: String): CharacterClass {
            if (characters(pattern) > MAX_PATTERN_LENGTH || DOUBLED.any { it in pattern }) {
                throw wrongClass(pattern)
            }
            val repeated = pattern.endsWith('+')
            val body = if (repeated) pattern.dropLast(1) else pattern
            val alone = if (body.length == 2 && body[0] == '\\') classOf(body[1].code) else null
            if (alone != null) return CharacterClass(alone, negated = false, repeated)
            if (body.length < 2 || body.first() != '[' || body.last() != ']') {
                throw wrongClass(pattern)
            }
            val negated = body[1] == '^'
            val items = body.substring(if (negated) 2 else 1, body.length - 1)
            val ranges = parseItems(items) ?: throw wrongClass(pattern)
            return CharacterClass(ranges, negated, repeated)
        }
    }
}

private fun wrongClass(pattern: String) = CardException(
    "one repeated character class such as [^\\w']+ as delimiter",
    shown(pattern),
)

/** An item of a class as it is written: one character, or an escaped class such as `\w`. */
private class Item(val code: Int, val ranges: List<IntRange>, val isEscaped: Boolean) {
    val isCharacter get() = ranges.size == 1 && ranges[0].first == ranges[0].last
    val isDash get() = code == '-'.code && !isEscaped
    val isSpace get() = code == 's'.code && isEscaped
}

/** Returns the ranges that the items of a class name; null if they are not such items. */
private fun parseItems(text: String): List<IntRange>? {
    val items = itemsOf(text)?.takeIf { it.isNotEmpty() && !hasRangeOfSpaces(it) } ?: return null
    val ranges = ArrayList<IntRange>()
    var at = 0
    while (at < items.size) {
        val item = items[at]
        val isRange = at + 2 < items.size && items[at + 1].isDash
        if (isRange) {
            ranges += rangeOf(item, items[at + 2]) ?: return null
            at += 3
        } else {
            ranges += item.ranges
            at++
        }
    }
    return ranges
}

private fun rangeOf(first: Item, last: Item): IntRange? {
    if (!first.isCharacter || !last.isCharacter) return null
    return (first.code..last.code).takeUnless { it.isEmpty() }
}

/** Returns whether white space stands where its first or last character would end a range. */
private fun hasRangeOfSpaces(items: List<Item>): Boolean = (0..<items.size - 2).any { at ->
    val (first, dash, last) = items.subList(at, at + 3)
    val begins = !first.isEscaped && first.code <= '\t'.code
    dash.isDash && (first.isSpace || (begins && last.isSpace))
}

private fun itemsOf(text: String): List<Item>? {
    val items = ArrayList<Item>()
    var at = 0
    while (at < text.length) {
        val isEscaped = text[at] == '\\'
        if (isEscaped && ++at == text.length) return null
        val code = text.codePointAt(at)
        val ranges = when {
            isEscaped -> classOf(code) ?: escapedCharacter(code) ?: return null
            code == '['.code || code == ']'.code -> return null
            else -> listOf(code..code)
        }
        items += Item(code, ranges, isEscaped)
        at += Character.charCount(code)
    }
    return items
}

/** Returns the characters of a class such as `\w`, by the letter behind the backslash. */
private fun classOf(letter: Int): List<IntRange>? = when (letter) {
    'w'.code -> WORD
    'W'.code -> complement(WORD)
    'd'.code -> DIGIT
    'D'.code -> complement(DIGIT)
    's'.code -> SPACE
    else -> null
}

private fun escapedCharacter(code: Int): List<IntRange>? = when (code.toChar()) {
    ']', '[', '^', '\\', '-' -> listOf(code..code)
    else -> null
}

/** Returns the ranges of all characters that are in none of [ranges]. */
private fun complement(ranges: List<IntRange>): List<IntRange> {
    val others = ArrayList<IntRange>()
    var next = 0
    for (range in ranges.sortedBy { it.first }) {
        if (range.first > next) others += next..<range.first
        next = maxOf(next, range.last + 1)
    }
    if (next <= LAST_CHARACTER) others += next..LAST_CHARACTER
    return others
}
