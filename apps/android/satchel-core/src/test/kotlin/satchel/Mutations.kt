package satchel

import java.util.Random
import satchel.bundle.CARD_NAME
import satchel.bundle.parseJson

/* Valid bundles damaged by chance, as tests/hostile/mutations.py does it. */

private val SPANS = listOf(1, 2, 4, 8, 16, 64, 1000)
private val FILLERS = listOf<Byte>(0, 1, 127, -128, -1)
private val VALUES: List<Json> = listOf(
    "0", "1", "-1", "2", "255", "2147483647", "2147483648", "9223372036854775808", "1e308",
    "5e-324", "-0.0", "0.5", "1000000000000000000000000000000", "\"\"", "\"0\"", "\"../x\"",
    "\"card.json\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud835\\udd18\"", "\"\\u202e\"",
    "\"__class__\"", "null", "true", "[]", "{}", "[[[[]]]]", "{\"\": {}}", "[null]",
    "\"${"x".repeat(5000)}\"",
).map(::parseJson)

private fun <T> Random.choice(from: List<T>): T = from[nextInt(from.size)]

/** Returns one of the valid bundles, damaged: its bytes, its card or one of its files. */
internal fun damagedBundle(bundles: List<Map<String, ByteArray>>, chance: Random): ByteArray {
    val entries = chance.choice(bundles)
    val files = entries - CARD_NAME
    return when (chance.nextInt(5)) {
        0 -> damaged(pack(entries), chance)
        1 -> spliced(pack(entries), pack(chance.choice(bundles)), chance)
        2 -> pack(entries + (CARD_NAME to damaged(entries.getValue(CARD_NAME), chance)))
        3 -> {
            val card = damagedJson(parseJson(String(entries.getValue(CARD_NAME))), chance)
            pack(entries + (CARD_NAME to written(card)))
        }
        else -> {
            val name = chance.choice(files.keys.toList())
            val card = parseJson(String(entries.getValue(CARD_NAME))) as Json.Object
            sealed(card, files + (name to damagedFile(name, files.getValue(name), chance)))
        }
    }
}

private fun damagedFile(name: String, content: ByteArray, chance: Random): ByteArray =
    if (name.endsWith(".json") && chance.nextInt(10) < 7) {
        written(damagedJson(parseJson(String(content)), chance))
    } else {
        damaged(content, chance)
    }

/** Returns [content] with one to four bytes or pieces changed. */
private fun damaged(content: ByteArray, chance: Random): ByteArray {
    var data = content
    repeat(1 + chance.nextInt(4)) {
        val at = chance.nextInt(data.size + 1)
        val end = minOf(data.size, at + chance.choice(SPANS))
        val (begin, piece, rest) =
            Triple(data.copyOf(at), data.copyOfRange(at, end), data.copyOfRange(end, data.size))
        data = when (chance.nextInt(6)) {
            0 -> begin + piece.also { flipBit(it, chance) } + rest
            1 -> begin + piece.also(chance::nextBytes) + rest
            2 -> begin + piece.also { it.fill(chance.choice(FILLERS)) } + rest
            3 -> begin + rest
            4 -> begin + repeated(piece, chance.choice(listOf(2, 3, 51))) + rest
            else -> if (chance.nextInt(5) == 0) begin else data
        }
    }
    return data
}

private fun repeated(piece: ByteArray, times: Int) =
    ByteArray(piece.size * times) { piece[it % piece.size] }

private fun flipBit(content: ByteArray, chance: Random) {
    if (content.isEmpty()) return
    content[0] = (content[0].toInt() xor (1 shl chance.nextInt(8))).toByte()
}

private fun spliced(first: ByteArray, second: ByteArray, chance: Random): ByteArray =
    first.copyOf(chance.nextInt(first.size + 1)) +
        second.copyOfRange(chance.nextInt(second.size + 1), second.size)

/** Returns [value] with one of its fields, at any depth, replaced, dropped or added. */
private fun damagedJson(value: Json, chance: Random): Json {
    if (chance.nextInt(5) == 0) return chance.choice(VALUES)
    return when (value) {
        is Json.Array -> damagedArray(value, chance)
        is Json.Object -> damagedObject(value, chance)
        else -> chance.choice(VALUES)
    }
}

private fun damagedArray(value: Json.Array, chance: Random): Json {
    if (value.items.isEmpty()) return chance.choice(VALUES)
    val items = value.items.toMutableList()
    val at = chance.nextInt(items.size)
    if (chance.nextInt(10) == 0) items.removeAt(at) else items[at] = damagedJson(items[at], chance)
    return Json.Array(items)
}

private fun damagedObject(value: Json.Object, chance: Random): Json {
    if (value.fields.isEmpty()) return chance.choice(VALUES)
    val fields = LinkedHashMap(value.fields)
    val name = chance.choice(fields.keys.toList())
    when (chance.nextInt(10)) {
        0 -> fields.remove(name)
        1 -> fields["added"] = chance.choice(VALUES)
        else -> fields[name] = damagedJson(fields.getValue(name), chance)
    }
    return Json.Object(fields)
}
