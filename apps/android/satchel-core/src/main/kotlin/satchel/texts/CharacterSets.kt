package satchel.texts

import satchel.Json
import satchel.bundle.parseJson

/** A set of characters as ranges of code points, in their order. */
internal class CharacterSet(ranges: List<IntRange>) {
    private val firsts = IntArray(ranges.size) { ranges[it].first }
    private val lasts = IntArray(ranges.size) { ranges[it].last }

    operator fun contains(code: Int): Boolean {
        val at = lastAtMost(firsts, code)
        return at >= 0 && code <= lasts[at]
    }
}

/** The lower case of each character that has one, as stored in a table of runs. */
internal class LowerCase(runs: List<List<Int>>, private val ofSeveral: Map<String, String>) {
    private val firsts = IntArray(runs.size) { runs[it][0] }
    private val lasts = IntArray(runs.size) { runs[it][1] }
    private val steps = IntArray(runs.size) { runs[it][2] }
    private val distances = IntArray(runs.size) { runs[it][3] }

    /** Appends the lower case of [code] to [text], or [code] itself if it has none. */
    fun append(code: Int, text: StringBuilder) {
        val at = lastAtMost(firsts, code)
        val isInRun = at >= 0 && code <= lasts[at] && (code - firsts[at]) % steps[at] == 0
        if (isInRun) {
            text.appendCodePoint(code + distances[at])
            return
        }
        val several = if (ofSeveral.isEmpty()) null else ofSeveral[String(Character.toChars(code))]
        if (several == null) text.appendCodePoint(code) else text.append(several)
    }
}

/** Returns the place of the last of [sorted] that is at most [value]; -1 if all are larger. */
private fun lastAtMost(sorted: IntArray, value: Int): Int {
    val found = sorted.binarySearch(value)
    return if (found >= 0) found else -found - 2
}

/** Tables of characters that are stored as JSON. They come with the reader and are right. */
internal class StoredTables(text: String) {
    private val tables = (parseJson(text) as Json.Object).fields

    /** Returns a table of ranges, each as its first and last code point. */
    fun set(name: String): CharacterSet =
        CharacterSet(numbers(name).map { (first, last) -> first..last })

    /** Returns the tables `lower` and `lower_of_several`. */
    fun lowerCase(): LowerCase {
        val several = (tables.getValue("lower_of_several") as Json.Object).fields
        return LowerCase(numbers("lower"), several.mapValues { (it.value as Json.Text).value })
    }

    private fun numbers(name: String): List<List<Int>> =
        (tables.getValue(name) as Json.Array).items.map { row ->
            (row as Json.Array).items.map { (it as Json.Whole).value.toInt() }
        }
}
