package satchel

import java.io.File
import java.util.zip.CRC32
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import satchel.bundle.parseCard
import satchel.bundle.parseJson
import satchel.images.readPixels
import satchel.texts.CharacterClass
import satchel.texts.RegexTokenizer
import satchel.texts.openTokenizer

/** Compares the core with the Python runtime on chance inputs, which tests/conformance writes. */
@EnabledIfSystemProperty(named = "satchel.differential", matches = ".+")
internal class DifferentialTest {
    private val cases = parseJson(File(System.getProperty("satchel.differential")).readText())

    private fun each(kind: String, check: (Json) -> Unit) {
        val found = cases[kind].items
        assertTrue(found.isNotEmpty(), kind)
        found.forEach(check)
        println("$kind: ${found.size} as in Python")
    }

    @Test
    fun `damaged bundles are refused with the same errors`() = each("bundles") { case ->
        val content = case["content"].base64
        val found = errorOf { Bundle.open(content) }
        assertEquals(case["error"].textOrNull, found, case["content"].text)
    }

    @Test
    fun `damaged cards are refused with the same errors`() = each("cards") { case ->
        val content = case["content"].base64
        assertEquals(case["error"].textOrNull, errorOf { parseCard(content) }, String(content))
    }

    @Test
    fun `delimiters split texts at the same places`() = each("delimiters") { case ->
        val delimiter = case["delimiter"].text
        assertEquals(case["error"].textOrNull, errorOf { CharacterClass.parseDelimiter(delimiter) })
        for ((text, tokens) in case["texts"].items.zip(case["tokens"].items)) {
            val known = tokens.items.map { it.text }
            val special = mapOf("<PAD>" to 0, "<START>" to 1, "<UNKNOWN>" to 2)
            val vocabulary = known.associateWith { 3 + known.indexOf(it) } + special
            val parsed = CharacterClass.parseDelimiter(delimiter)
            val found = RegexTokenizer(parsed, vocabulary, LENGTH).encode(text.text).toList()
            val expected = (listOf(1) + known.map { 3 + known.indexOf(it) }).take(LENGTH)
            assertEquals(expected, found, "$delimiter ${String(written(text))}")
        }
    }

    @Test
    fun `tokenizers make the same rows of texts`() = each("tokenizers") { case ->
        val preparation = openTokenizer(textInput(case["input"]), case["vocabulary"].base64)
        for ((text, rows) in case["texts"].items.zip(case["rows"].items)) {
            val found = preparation.rows(text.text).map { it.toList() }
            val message = "${String(written(case["input"]))} ${String(written(text))}"
            assertEquals(rows.items.map { it.ints }, found, message)
        }
    }

    @Test
    fun `images become the same pixels`() = each("resizes") { case ->
        val (height, width) = case["size"].ints
        val (rows, columns) = case["to"].ints
        val fit = Fit.entries.first { it.nameInCard == case["fit"].text }
        val seed = (case["seed"] as Json.Whole).value.toInt()
        val input = ImageInput(height = rows, width = columns, fit = fit)
        val found = readPixels(chanceImage(width, height, seed), input)
        val checksum = CRC32().apply { update(found.rgb) }.value
        val expected = (case["crc32"] as Json.Whole).value.toLong()
        assertEquals(expected, checksum, String(written(case)))
    }

    /** Returns the same pixels as tests/conformance/differential.py. */
    private fun chanceImage(width: Int, height: Int, seed: Int): DecodedImage {
        fun level(at: Int): Int {
            val mixed = at * 2654435761L.toInt() + seed
            return (mixed xor (mixed ushr 15)) and 0xff
        }
        val argb = IntArray(width * height) { at ->
            val (red, green, blue) = List(3) { level(3 * at + it) }
            (0xff shl 24) or (red shl 16) or (green shl 8) or blue
        }
        return DecodedImage(width, height, argb)
    }

    private companion object {
        const val LENGTH = 32
    }
}
