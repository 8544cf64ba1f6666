package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import satchel.texts.CharacterClass
import satchel.texts.RegexTokenizer
import satchel.texts.parseTokensWithIds
import satchel.texts.preparing

/** `texts.json`: the kind `regex`. */
internal object TextVectors {
    val checks: Map<String, Check> =
        mapOf("delimiters" to ::delimiters, "longer" to ::longer, "refused" to ::refused)

    private val file by lazy { vectors("texts") }
    private val vocabulary by lazy { parseTokensWithIds(bytes(file["vocabulary"].text)) }

    private fun delimiters(case: Json) {
        val found = file["texts"].items.map { ids(it.text, case, file["length"].int) }
        assertEquals(case["ids"].items.map { it.ints }, found)
    }

    private fun longer(case: Json) {
        val text = case["text"].text.repeat(case["times"].int)
        assertEquals(case["ids"].ints, ids(text, case, case["length"].int))
    }

    private fun ids(text: String, case: Json, length: Int): List<Int> {
        val delimiter = CharacterClass.parseDelimiter(case["delimiter"].text)
        val input = TextInput(length, RegexSpec("", ""))
        val tokenizer = RegexTokenizer(delimiter, vocabulary, length)
        return preparing(input, tokenizer).rows(text).single().toList()
    }

    private fun refused(case: Json) {
        val found = errorOf { CharacterClass.parseDelimiter(case["delimiter"].text) }
        assertEquals(case["error"].text, found)
    }
}
