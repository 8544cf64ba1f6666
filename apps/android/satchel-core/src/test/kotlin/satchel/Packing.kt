package satchel

import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.CRC32
import satchel.bundle.CARD_NAME
import satchel.bundle.Container

/* Writes bundles for tests, field by field as in the table of docs/bundle.md, section 1. */

/** Returns the archive of [entries], with any names in any order. */
internal fun pack(entries: List<Pair<String, ByteArray>>): ByteArray {
    val archive = ByteArrayOutputStream()
    val directory = ByteArrayOutputStream()
    for ((name, data) in entries) {
        val encoded = name.toByteArray(Charsets.ISO_8859_1)
        val crc = CRC32().apply { update(data) }.value
        val offset = archive.size()
        val common = u16(10, 0, 0, 0, 0x21) + u32(crc, data.size, data.size) + u16(encoded.size)
        val zeros = -(offset + 30 + encoded.size + 6) and 63
        val padding = u16(0xd935, 2 + zeros, 64) + ByteArray(zeros)
        archive.write("PK\u0003\u0004".toByteArray() + common + u16(padding.size))
        archive.write(encoded + padding)
        archive.write(data)
        directory.write("PK\u0001\u0002".toByteArray() + u16(10) + common)
        directory.write(u16(0, 0, 0, 0) + u32(0, offset) + encoded)
    }
    val end = u16(0, 0, entries.size, entries.size) + u32(directory.size(), archive.size()) + u16(0)
    return archive.toByteArray() + directory.toByteArray() + "PK\u0005\u0006".toByteArray() + end
}

internal fun pack(entries: Map<String, ByteArray>): ByteArray = pack(entries.toList())

/** Returns the entries of a valid bundle, the card and the signature among them. */
internal fun unpacked(content: ByteArray): Map<String, ByteArray> {
    val container = Container.open(MemorySource(content))
    return container.names.associateWith(container::read)
}

/** Returns a bundle of the files, with their digests and sizes in the card. */
internal fun sealed(card: Json.Object, files: Map<String, ByteArray>): ByteArray {
    val digests = files.mapValues { Json.Text(Digest.of(it.value).text) }
    val models = card["models"].items.map { model ->
        val size = files[model["file"].text]?.size?.let { whole(it.toLong()) }
        Json.Object((model as Json.Object).fields + ("size_bytes" to (size ?: model["size_bytes"])))
    }
    val changed = card.fields + ("files" to Json.Object(digests)) + ("models" to Json.Array(models))
    return pack(mapOf(CARD_NAME to written(Json.Object(changed))) + files.toSortedMap())
}

private fun u16(vararg values: Int): ByteArray = little(2 * values.size) { buffer ->
    values.forEach { buffer.putShort(it.toShort()) }
}

private fun u32(vararg values: Number): ByteArray = little(4 * values.size) { buffer ->
    values.forEach { buffer.putInt(it.toLong().toInt()) }
}

private fun little(size: Int, fill: (ByteBuffer) -> Unit): ByteArray =
    ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).also(fill).array()
