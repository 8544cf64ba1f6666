package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import satchel.texts.TextPreparation
import satchel.texts.openTokenizer

/** `tokenizers.json`: every kind of tokenizer. */
internal object TokenizerVectors {
    val checks: Map<String, Check> = mapOf(
        "inputs" to ::inputs,
        "longer" to ::longer,
        "fed" to ::fed,
        "refused" to ::refused,
    )

    private val file by lazy { vectors("tokenizers") }
    private val named: Map<String, Json> by lazy {
        file["inputs"].items.associate { it["name"].text to it["input"] }
    }

    /** Returns what prepares the texts of an input that the vectors name. */
    fun opened(name: String): TextPreparation = opened(textInput(named.getValue(name)))

    fun input(name: String): TextInput = textInput(named.getValue(name))

    private fun opened(input: TextInput): TextPreparation =
        openTokenizer(input, bytes(file["files"][input.tokenizer.file].text))

    private fun inputs(case: Json) {
        val preparation = opened(textInput(case["input"]))
        for ((at, text) in file["texts"].items.withIndex()) {
            val message = String(written(text))
            assertEquals(rowsOf(case["rows"].items[at]), rows(preparation, text.text), message)
        }
    }

    private fun longer(case: Json) {
        val text = case["text"].text.repeat(case["times"].int)
        assertEquals(rowsOf(case["rows"]), rows(opened(case["name"].text), text))
    }

    private fun fed(case: Json) {
        val name = case["name"].text
        val card = cardOf(Task.TEXT_CLASSIFICATION, input(name), TWO_LABELS)
        val prepared = Prepared.Text(opened(name).rows(case["text"].text))
        val found = modelTensors(prepared, card, tensorSpec(case["tensor"]))
        assertEquals(case["fed"].items.size, found.size)
        for ((expected, tensor) in case["fed"].items.zip(found)) {
            assertEquals(expected["dtype"].text, tensor.dtype.nameInCard)
            assertEquals(expected["shape"].ints, tensor.shape)
            assertEquals(expected["values"].numbers, numbersOf(tensor))
        }
    }

    private fun refused(case: Json) {
        val input = textInput(case["input"])
        val found = errorOf { openTokenizer(input, case["content"].base64) }
        assertEquals(case["error"].textOrNull, found)
    }

    private fun rowsOf(rows: Json): List<List<Int>>? =
        if (rows == Json.Null) null else rows.items.map { it.ints }

    /** Returns the rows of a text; null if it is refused. */
    private fun rows(preparation: TextPreparation, text: String): List<List<Int>>? = try {
        preparation.rows(text).map { it.toList() }
    } catch (_: InputException) {
        null
    }
}
