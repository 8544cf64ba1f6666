package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import satchel.bundle.parseCard

/** `card_refusals.json`: each field of a card within and beyond its limits. */
internal object CardVectors {
    val checks: Map<String, Check> = mapOf("bases" to ::bases, "cases" to ::cases)

    private val cards: Map<String, Json> by lazy {
        vectors("card_refusals")["bases"].items.associate { it["name"].text to it["card"] }
    }

    private fun bases(case: Json) {
        assertEquals(null, errorOf { parseCard(written(case["card"])) })
    }

    private fun cases(case: Json) {
        val way = case["at"].text.drop(1).split('/')
        val value = if (case.has("value")) case["value"] else null
        val changed = changed(cards.getValue(case["base"].text), way, value)
        assertEquals(case["error"].textOrNull, errorOf { parseCard(written(changed)) })
    }

    /** Returns [card] with the field at the end of [way] set to [value]; without it for null. */
    private fun changed(card: Json, way: List<String>, value: Json?): Json {
        if (card is Json.Array) {
            val at = way[0].toInt()
            val inner = if (way.size == 1) value else changed(card.items[at], way.drop(1), value)
            val items = card.items.toMutableList()
            if (inner == null) items.removeAt(at) else items[at] = inner
            return Json.Array(items)
        }
        val fields = LinkedHashMap((card as Json.Object).fields)
        val inner =
            if (way.size == 1) value else changed(fields.getValue(way[0]), way.drop(1), value)
        if (inner == null) fields.remove(way[0]) else fields[way[0]] = inner
        return Json.Object(fields)
    }
}
