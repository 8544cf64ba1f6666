package satchel.bundle

import satchel.Json

private const val SHOWN_CHARACTERS = 60

/** Returns an untrusted text as part of a line of a message: quoted, at most [most] characters. */
internal fun shown(text: String, most: Int = SHOWN_CHARACTERS): String =
    Line(most).apply { quote(text) }.toString()

/** Returns an untrusted value as part of a line of a message; null stands for a missing field. */
internal fun shown(value: Json?, most: Int = SHOWN_CHARACTERS): String =
    if (value == null) "nothing" else Line(most).apply { write(value) }.toString()

/** Writes JSON until it has as many characters as a message shows. */
private class Line(private val most: Int) {
    private val written = StringBuilder()

    override fun toString(): String {
        val cut = written.substring(0, minOf(most, written.length))
        return if (cut.isNotEmpty() && cut.last().isHighSurrogate()) cut.dropLast(1) else cut
    }

    fun write(value: Json) {
        if (written.length >= most) return
        when (value) {
            is Json.Object -> list('{', value.fields.entries, '}') { (name, inner) ->
                quote(name)
                written.append(':')
                write(inner)
            }
            is Json.Array -> list('[', value.items, ']', ::write)
            is Json.Text -> quote(value.value)
            is Json.Whole -> written.append(value.value)
            is Json.Real -> written.append(value.value)
            is Json.Flag -> written.append(value.value)
            Json.Null -> written.append("null")
        }
    }

    private fun <T> list(open: Char, items: Collection<T>, close: Char, each: (T) -> Unit) {
        written.append(open)
        for ((at, item) in items.withIndex()) {
            if (written.length >= most) return
            if (at > 0) written.append(',')
            each(item)
        }
        written.append(close)
    }

    fun quote(text: String) {
        written.append('"')
        for ((at, character) in text.withIndex()) {
            if (written.length >= most) return
            when {
                character == '"' || character == '\\' -> written.append('\\').append(character)
                isUnfitForALine(character) || isHalf(text, at) -> escape(character)
                else -> written.append(character)
            }
        }
        written.append('"')
    }

    private fun escape(character: Char) {
        written.append("\\u").append(character.code.toString(16).padStart(4, '0'))
    }
}

/** Returns whether a character is a control, a line separator or a change of direction. */
internal fun isUnfitForALine(character: Char): Boolean = when (character) {
    in '\u0000'..'\u001f', in '\u007f'..'\u009f' -> true
    in '\u2028'..'\u202e', in '\u2066'..'\u2069' -> true
    else -> false
}
