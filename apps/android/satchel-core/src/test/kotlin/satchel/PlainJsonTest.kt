package satchel

import java.util.Random
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.bundle.fieldsOf
import satchel.bundle.loadJson
import satchel.bundle.shown

/** The card's JSON: docs/bundle.md, section 3. */
internal class PlainJsonTest {
    private fun load(text: String, limit: Int = 1_000_000): Json =
        loadJson(text.toByteArray(), limit)

    private fun refused(text: String): String =
        assertThrows(CardException::class.java, { load(text) }, text).message!!

    @Test
    fun `a whole number is told from one with a point or an exponent`() {
        val found = load("[1, 1.0, 1e0, -0, 9007199254740993, -2.5E-1]")
        val written = "[1,1.0,1.0,0,9007199254740993,-0.25]"
        assertEquals(written, shown(found))
        val areWhole = found.items.map { it is Json.Whole }
        assertEquals(listOf(true, false, false, true, true, false), areWhole)
    }

    @Test
    fun `every escape is read`() {
        val text = load("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\uDE42\\ud800 \u00e9\"").text
        assertEquals("\"\\/\b\u000c\n\r\t\u00e9\ud83d\ude42\ud800 \u00e9", text)
    }

    @Test
    fun `white space of JSON is skipped, and no other`() {
        assertEquals("{\"a\":[1,2]}", shown(load(" \t\r\n{ \"a\" : [ 1 , 2 ] } ")))
        for (odd in "\u000b\u000c\u00a0\ufeff\u2028\u0000") refused("${odd}1")
    }

    @Test
    fun `what other readers take is refused`() {
        val odd = listOf(
            "", " ", "nul", "NULL", "True", "NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.",
            "1e", "1e+", "-", "0x10", "1_000", "'a'", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
            "\"\t\"", "\"\n\"", "[1,]", "[,1]", "[1 2]", "[", "]", "{", "{a:1}", "{\"a\"}",
            "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{,}", "1 2", "// a\n1",
            "/* a */1", "1//", "1e999",
            "-1e999", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
        )
        for (text in odd) refused(text)
    }

    @Test
    fun `bytes that are not UTF-8 are refused`() {
        val odd = listOf(
            byteArrayOf(0x22, 0xe9.toByte(), 0x22),
            byteArrayOf(0x22, 0xc0.toByte(), 0x80.toByte(), 0x22),
            byteArrayOf(0x22, 0xed.toByte(), 0xa0.toByte(), 0x80.toByte(), 0x22),
            byteArrayOf(0x22, 0xf4.toByte(), 0x90.toByte(), 0x80.toByte(), 0x80.toByte(), 0x22),
            "{}".toByteArray(Charsets.UTF_16),
            byteArrayOf(0xef.toByte(), 0xbb.toByte(), 0xbf.toByte(), 0x31),
        )
        for (content in odd) assertThrows(CardException::class.java) { loadJson(content, 100) }
    }

    @Test
    fun `as many bytes as the limit are read, and not one more`() {
        assertEquals("1", shown(load("1" + " ".repeat(9), limit = 10)))
        val more = "1" + " ".repeat(10)
        val found = assertThrows(CardException::class.java) { load(more, limit = 10) }
        assertEquals("Expected at most 10 bytes of JSON, got 11.", found.message)
    }

    @Test
    fun `nesting beyond the limit is refused at any depth`() {
        load("[".repeat(16) + "]".repeat(16))
        for (depth in listOf(17, 100_000)) {
            assertTrue("nests deeper" in refused("[".repeat(depth) + "]".repeat(depth)))
            assertTrue("nests deeper" in refused("{\"a\":".repeat(depth) + "1" + "}".repeat(depth)))
        }
        assertTrue("nests deeper" in refused("[".repeat(16) + "1" + "]".repeat(16)))
    }

    @Test
    fun `a number of a million digits is refused quickly`() {
        assertTrue("99999999999999999999 is beyond all numbers" in refused("9".repeat(900_000)))
        assertTrue("it is cut short" in refused("-"))
    }

    @Test
    fun `chance texts throw nothing but the exception of a card`() {
        val chance = Random(7)
        val marks = "{}[],:\"\\u0123456789.eE+- \n\ttruefalsn"
        val pieces = marks.map { "$it" } + listOf("null", "NaN")
        repeat(20_000) {
            val chosen = List(1 + chance.nextInt(12)) { pieces[chance.nextInt(pieces.size)] }
            val text = chosen.joinToString("")
            try {
                val value = load(text)
                assertEquals(comparable(value), comparable(load(String(written(value)))))
            } catch (_: CardException) {
            }
        }
    }

    @Test
    fun `a field that does not fit is named with its place`() {
        val fields = fieldsOf(load("{\"inner\": {\"size\": true}}"), "card").inner("inner")
        val found = assertThrows(CardException::class.java) { fields.int("size", 0L..9L) }
        assertEquals(
            "Expected a whole number from 0 to 9 for card.inner.size, got true.",
            found.message,
        )
        val odd = assertThrows(CardException::class.java) { fieldsOf(load("[]"), "card") }
        assertEquals("Expected card to be an object, got [].", odd.message)
    }

    @Test
    fun `an untrusted value is one short line of a message`() {
        assertEquals("\"a\\u000ab\"", shown("a\nb"))
        assertEquals(60, shown("x".repeat(1000)).length)
        assertEquals("nothing", shown(null as Json?))
        assertEquals("[1,{\"a\":2}]", shown(load("[1, {\"a\": 2}]")))
        assertEquals("\"\\u2028\\u202e\\u0085\\ud800\"", shown("\u2028\u202e\u0085\ud800"))
        assertEquals("\"" + "x".repeat(58), shown("x".repeat(58) + "\ud83d\ude42"))
        assertEquals(60, shown(load("[" + "[1],".repeat(100_000) + "1]")).length)
    }

    @Test
    fun `every exception says what was expected, what came and what to do`() {
        val found = assertThrows(CardException::class.java) {
            satchel.bundle.parseCard("{\"satchel\": 2}".toByteArray())
        }
        assertEquals("bundle format 1", found.expected)
        assertEquals("2", found.got)
        assertEquals("update this application", found.remedy)
        assertEquals("Expected bundle format 1, got 2: update this application.", found.message)
        assertInstanceOf(BundleException::class.java, found)
        assertInstanceOf(SatchelException::class.java, found)
    }
}
