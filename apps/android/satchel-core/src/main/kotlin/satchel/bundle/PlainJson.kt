package satchel.bundle

import satchel.CardException
import satchel.Json
import satchel.Limits

/**
 * Returns the value of plain JSON in UTF-8 of at most [limit] bytes.
 *
 * The platforms' parsers would not do: they accept a key twice, comments, NaN and texts without
 * quotes, and do not tell 1 from 1.0, which is no whole number in a card.
 *
 * @throws CardException for duplicate keys, NaN, numbers beyond doubles, a byte order mark and
 *   nesting beyond [Limits.JSON_DEPTH]
 */
internal fun loadJson(content: ByteArray, limit: Int): Json {
    if (content.size > limit) {
        throw CardException("at most $limit bytes of JSON", "${content.size}")
    }
    return parseJson(decodeUtf8(content) ?: throw notPlain("bytes that are not UTF-8"))
}

/** Returns the value of plain JSON; throws as [loadJson]. */
internal fun parseJson(text: String): Json = Parser(text).parse()

private fun notPlain(reason: String) =
    CardException("plain JSON in UTF-8", "something else", reason)

/** A recursive descent parser of RFC 8259's grammar. Its limit of depth protects the stack. */
private class Parser(private val text: String) {
    private var at = 0

    fun parse(): Json {
        val value = value(depth = 1)
        skipSpace()
        if (at < text.length) throw unexpected()
        return value
    }

    private fun value(depth: Int): Json {
        if (depth > Limits.JSON_DEPTH) {
            throw notPlain("it nests deeper than ${Limits.JSON_DEPTH}")
        }
        skipSpace()
        return when (peek()) {
            '{' -> objectOf(depth)
            '[' -> arrayOf(depth)
            '"' -> Json.Text(string())
            'n' -> word("null", Json.Null)
            't' -> word("true", Json.Flag(true))
            'f' -> word("false", Json.Flag(false))
            else -> number()
        }
    }

    private fun objectOf(depth: Int): Json {
        val fields = LinkedHashMap<String, Json>()
        expect('{')
        if (accept('}')) return Json.Object(fields)
        do {
            skipSpace()
            val name = string()
            if (name in fields) throw notPlain("a key comes twice")
            expect(':')
            fields[name] = value(depth + 1)
        } while (accept(','))
        expect('}')
        return Json.Object(fields)
    }

    private fun arrayOf(depth: Int): Json {
        val items = ArrayList<Json>()
        expect('[')
        if (accept(']')) return Json.Array(items)
        do {
            items += value(depth + 1)
        } while (accept(','))
        expect(']')
        return Json.Array(items)
    }

    private fun word(literal: String, value: Json): Json {
        if (!text.startsWith(literal, at)) throw unexpected()
        at += literal.length
        return value
    }

    private fun string(): String {
        if (peek() != '"') throw unexpected()
        val begin = ++at
        skipPlainCharacters()
        if (peek() == '"') return text.substring(begin, at++)
        val value = StringBuilder(text.substring(begin, at))
        while (peek() == '\\') {
            value.append(escaped())
            val from = at
            skipPlainCharacters()
            value.append(text, from, at)
        }
        if (peek() != '"') throw unexpected()
        at++
        return value.toString()
    }

    private fun skipPlainCharacters() {
        while (at < text.length && text[at] >= ' ' && text[at] != '"' && text[at] != '\\') at++
    }

    private fun escaped(): Char {
        at++
        val kind = peek()
        if (kind == 'u') return hexadecimal()
        val found = when (kind) {
            '"', '\\', '/' -> kind
            'b' -> '\b'
            'f' -> '\u000c'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            else -> throw unexpected()
        }
        at++
        return found
    }

    private fun hexadecimal(): Char {
        at++
        var code = 0
        repeat(4) {
            val digit = when (val next = peek()) {
                in '0'..'9' -> next - '0'
                in 'a'..'f' -> next - 'a' + 10
                in 'A'..'F' -> next - 'A' + 10
                else -> throw unexpected()
            }
            code = 16 * code + digit
            at++
        }
        return Char(code)
    }

    private fun number(): Json {
        val begin = at
        if (peek() == '-') at++
        if (peek() == '0') at++ else skipDigits()
        val whole = !skipFraction() and !skipExponent()
        val literal = text.substring(begin, at)
        val value = literal.toDouble()
        if (value.isInfinite()) throw notPlain("${literal.take(20)} is beyond all numbers")
        return if (whole) Json.Whole(literal.toBigInteger()) else Json.Real(value)
    }

    private fun skipFraction(): Boolean {
        if (peek() != '.') return false
        at++
        skipDigits()
        return true
    }

    private fun skipExponent(): Boolean {
        if (peek() != 'e' && peek() != 'E') return false
        at++
        if (peek() == '+' || peek() == '-') at++
        skipDigits()
        return true
    }

    /** Moves behind one or more digits. */
    private fun skipDigits() {
        if (peek() !in '0'..'9') throw unexpected()
        while (peek() in '0'..'9') at++
    }

    private fun skipSpace() {
        while (at < text.length && text[at] in " \t\n\r") at++
    }

    private fun accept(mark: Char): Boolean {
        skipSpace()
        val here = peek() == mark
        if (here) at++
        return here
    }

    private fun expect(mark: Char) {
        if (!accept(mark)) throw unexpected()
    }

    /** Returns the next character; behind the end, one that no JSON has. */
    private fun peek(): Char = if (at < text.length) text[at] else '\u0000'

    private fun unexpected(): CardException {
        val next = text.substring(minOf(at, text.length), minOf(at + 20, text.length))
        return notPlain(
            if (next.isEmpty()) "it is cut short" else "${shown(next)} at character $at",
        )
    }
}
