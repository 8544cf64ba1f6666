package satchel

import java.text.Normalizer
import java.util.Random
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.texts.CharacterClass
import satchel.texts.bertWords
import satchel.texts.lowerCase
import satchel.texts.openTokenizer

/** Texts: docs/bundle.md, section 5. */
internal class TextsTest {
    private val tokenizers = listOf(
        "vectorization: as Keras has it",
        "keras_tokenizer: as Keras has it",
        "wordpiece: uncased",
    )
    private val wordPiece = TokenizerVectors.input("wordpiece: uncased").tokenizer as WordPieceSpec

    private fun regex(delimiter: String, length: Int) = openTokenizer(
        TextInput(length, RegexSpec(delimiter, "vocabulary.txt")),
        "<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\n".toByteArray(),
    )

    @Test
    fun `a text at the limit is read, and one character more is refused`() {
        val most = "\ud83d\ude42".repeat(1 shl 24)
        assertEquals(2, regex("\\s+", 2).rows(most).single().size)
        val found = assertThrows(InputException::class.java) { regex("\\s+", 2).rows(most + "a") }
        assertEquals(
            "Expected a text of at most 16777216 characters, got 16777217.",
            found.message,
        )
        for (name in tokenizers) {
            val error = errorOf { TokenizerVectors.opened(name).rows("a".repeat(60_000_000)) }
            assertEquals("InputError", error, name)
        }
    }

    @Test
    fun `half of a surrogate pair is refused by all but regex`() {
        for (text in listOf("\ud800", "a\udfff", "\ude42\ud83d", "good \ud83d")) {
            for (name in tokenizers) {
                assertEquals("InputError", errorOf { TokenizerVectors.opened(name).rows(text) })
            }
            assertEquals(4, regex("\\s+", 4).rows(text).single().size)
        }
    }

    @Test
    fun `a SentencePiece model is refused by its name`() {
        val input = TextInput(8, SentencePieceSpec("pieces.model", null, null, 0))
        val found = assertThrows(EngineException::class.java) { openTokenizer(input, ByteArray(0)) }
        assertTrue("sentencepiece (\"pieces.model\")" in found.message!!, found.message)
    }

    @Test
    fun `any text has as many numbers as the model takes`() {
        val texts = listOf(
            "",
            "a".repeat(10_000_000),
            " ".repeat(10_000_000),
            "good\u0000bad\u0000".repeat(10),
            "\u202e\u0641\u064a\u0644\u0645 \u0631\u0627\u0626\u0639\u202c \u05e1\u05e8\u05d8",
            "\ud808\udc00\ud808\udc40 \udbff\udffd \u27c1 \u1234",
            "e" + "\u0301".repeat(10_000),
            "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67".repeat(100),
        )
        for (name in tokenizers) {
            val input = TokenizerVectors.input(name)
            for (text in texts) {
                val rows = TokenizerVectors.opened(name).rows(text)
                assertEquals(List(input.tensors.size) { input.length }, rows.map { it.size })
            }
        }
    }

    @Test
    fun `a long row of marks is put in order as Java does it`() {
        // Of several classes and of none; the first three are stripped.
        val marks = listOf(0x301, 0x323, 0x34f, 0x302e, 0x302f, 0x1d165, 0x1d16e, 0x903, 0x3031)
        for (length in listOf(1, 2, 99, 500)) {
            val row = StringBuilder("a")
            repeat(length) {
                val chosen = (it * 2654435761L ushr 7).toInt().mod(marks.size)
                row.appendCodePoint(marks[chosen])
            }
            val expected = Normalizer.normalize("${row}b", Normalizer.Form.NFD)
                .filter { it !in "\u0301\u0323\u034f" }
            assertEquals(expected, bertWords("${row}b", wordPiece).joinToString(""))
        }
    }

    @Test
    fun `a long row of marks takes no quadratic time, which would be minutes`() {
        val took = measureTime {
            val word = bertWords("\u302e\ud834\udd65".repeat(200_000), wordPiece).single()
            assertEquals("\ud834\udd65".repeat(200_000) + "\u302e".repeat(200_000), word)
        }
        assertTrue(took < 60.seconds, "$took")
    }

    @Test
    fun `lower case is that of no language, with the form of sigma at the end of a word`() {
        val texts = mapOf(
            "GOOD \u00c9\u00df" to "good \u00e9\u00df",
            "\u0130I\u1e9e" to "i\u0307i\u00df",
            "\u039f\u0394\u03a3 \u03a3 \u03a3\u03a3" to "\u03bf\u03b4\u03c2 \u03c3 \u03c3\u03c2",
            "A\u03a3\u0301 A'\u03a3.B" to "a\u03c2\u0301 a'\u03c3.b",
            "\ud801\udc00" to "\ud801\udc28",
            "" to "",
        )
        for ((text, expected) in texts) assertEquals(expected, lowerCase(text))
    }

    @Test
    fun `a class takes the characters that Java's own takes`() {
        val chance = Random(20261130)
        val items = listOf(
            "\\w", "\\W", "\\d", "\\D", "\\]", "\\[", "\\^", "\\\\", "\\-", "a-z", "0-9", "'", " ",
            ".", "\u00e9", "\u4e2d", "\ud83d\ude42", "\t", "\n", "|", "$", "(", "a", "_",
        )
        val letters = "ab Z\u00e9'\u00df\u4e2d\u0301\u202e\n\t\r\u000b\u0085\u00a0<>-^[]\\|~\$_09"
        var compared = 0
        repeat(2000) {
            val chosen = List(1 + chance.nextInt(5)) { items[chance.nextInt(items.size)] }
            val pattern = "[${if (chance.nextBoolean()) "^" else ""}${chosen.joinToString("")}]+"
            val found = try {
                CharacterClass.parseDelimiter(pattern)
            } catch (_: CardException) {
                return@repeat
            }
            val text = String(CharArray(30) { letters[chance.nextInt(letters.length)] })
            val expected = Regex(pattern).split(text).filter { it.isNotEmpty() }
            assertEquals(expected, found.split(text).toList(), pattern)
            assertEquals(Regex(pattern).replace(text, "\\\$"), found.replace(text, "$"), pattern)
            compared++
        }
        assertTrue(compared > 1500, "$compared")
    }

    @Test
    fun `the text behind the last id that fits is not read`() {
        val took = measureTime {
            val rows = regex("[^\\w']+", 4).rows("good ".repeat(3_000_000))
            assertEquals(listOf(1, 3, 3, 3), rows.single().toList())
        }
        assertTrue(took < 20.seconds, "$took")
    }
}
