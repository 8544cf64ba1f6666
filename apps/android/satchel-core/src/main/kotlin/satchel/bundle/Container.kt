package satchel.bundle

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest
import java.util.zip.CRC32
import satchel.BundleException
import satchel.BundleSource
import satchel.Digest
import satchel.Limits
import satchel.sha256

/*
 * The container: docs/bundle.md, section 1.
 *
 * It is a ZIP file in exactly one canonical encoding. The reader builds each header again and
 * compares it with the bytes in the file, so that any byte that differs is an error. The platform's
 * ZIP reader would not do: it takes any of the encodings that the canonical one excludes.
 */

internal const val CARD_NAME = "card.json"

/** The only entry that no card lists, because it is computed from the card. */
internal const val SIGNATURE_NAME = "card.sig"

private const val ALIGNMENT = 64
private const val LOCAL_BYTES = 30
private const val CENTRAL_BYTES = 46
private const val END_BYTES = 22
private const val LOCAL_SIGNATURE = 0x04034b50
private const val CENTRAL_SIGNATURE = 0x02014b50
private const val END_SIGNATURE = 0x06054b50
private const val VERSION_NEEDED: Short = 10
private const val DATE_1980_01_01: Short = 0x21
private const val PADDING_FIELD: Short = 0xD935.toShort()

/** The bytes of the padding field without its zeros: identifier, length and alignment. */
private const val PADDING_BYTES = 6

/** How much of an entry is read at once where it is only checked. */
private const val PIECE_BYTES = 1 shl 16

/** Where the data of an entry lies in the archive, as its header says. */
private class Entry(val begin: Long, val size: Long, val crc: Int) {
    val end: Long get() = begin + size
}

/** The entries of an open archive. Each is read when it is asked for, and every time anew. */
internal class Container private constructor(
    private val source: BundleSource,
    private val entries: Map<String, Entry>,
) {
    /** The names of the entries, in the order of the archive. */
    val names: Set<String> get() = entries.keys

    /** Returns the number of bytes of an entry, without reading it; null if there is none. */
    fun size(name: String): Long? = entries[name]?.size

    /**
     * Returns the content of an entry, whose CRC-32 has been checked.
     *
     * @throws BundleException if the content is not what its header says, or is beyond memory
     */
    fun read(name: String): ByteArray {
        val entry = entries.getValue(name)
        val content = allocate(name, entry.size)
        val found = source.readFully(entry.begin, content)
        val crc = CRC32().apply { update(content) }
        if (found < content.size || crc.value.toInt() != entry.crc) throw changed(entry.begin)
        return content
    }

    /**
     * Returns the SHA-256 of an entry's content, which is read piece by piece.
     *
     * @throws BundleException if the content is not what its header says
     */
    fun digest(name: String): Digest {
        val entry = entries.getValue(name)
        val piece = ByteArray(minOf(entry.size, PIECE_BYTES.toLong()).toInt())
        val crc = CRC32()
        val hash: MessageDigest = sha256()
        var at = entry.begin
        while (at < entry.end) {
            val length = minOf(entry.end - at, piece.size.toLong()).toInt()
            if (source.readFully(at, piece, length) < length) throw changed(entry.begin)
            crc.update(piece, 0, length)
            hash.update(piece, 0, length)
            at += length
        }
        if (crc.value.toInt() != entry.crc) throw changed(entry.begin)
        return Digest.of(hash)
    }

    private fun allocate(name: String, size: Long): ByteArray = try {
        ByteArray(size.toInt())
    } catch (error: OutOfMemoryError) {
        val expected = "memory for the $size bytes of ${shown(name, 110)}"
        throw BundleException(expected, "none", "close other bundles or use a smaller model", error)
    }

    companion object {
        /**
         * Returns the entries of an archive, whose headers have been checked. Their data has not.
         *
         * @throws BundleException unless the headers are, byte for byte, what the packer writes
         */
        fun open(source: BundleSource): Container {
            if (source.size > Limits.ARCHIVE_BYTES) {
                val expected = "a bundle of at most ${Limits.ARCHIVE_BYTES} bytes"
                throw BundleException(expected, "${source.size}")
            }
            checkBegin(source)
            val entries = LinkedHashMap<String, Entry>()
            val directory = ArrayList<ByteArray>()
            var offset = 0L
            var last: String? = null
            while (true) {
                val fixed = source.readUpTo(offset, LOCAL_BYTES)
                if (!beginsLocal(fixed)) break
                val (name, entry, central) = readHeader(fixed, source, offset)
                if (entries.size == Limits.ENTRIES) {
                    throw BundleException("at most ${Limits.ENTRIES} entries in a bundle", "more")
                }
                if (last != null && !follows(name, last)) {
                    val got = "${shown(name)} out of place"
                    throw BundleException("each name once and in order", got)
                }
                if (entry.end > source.size) throw changed(offset)
                entries[name] = entry
                directory += central
                offset = entry.end
                last = name
            }
            checkEnd(source, directory, offset)
            return Container(source, entries)
        }
    }
}

private fun checkBegin(source: BundleSource) {
    val begin = source.readUpTo(0, 8)
    if (beginsLocal(begin)) return
    val got = "a file that begins with ${shown(String(begin, Charsets.ISO_8859_1))}"
    throw BundleException("a .satchel bundle", got)
}

private fun checkEnd(source: BundleSource, directory: List<ByteArray>, offset: Long) {
    val length = directory.sumOf { it.size }
    val expected = littleEndian(length + END_BYTES).apply {
        directory.forEach { put(it) }
        putInt(END_SIGNATURE)
        putShort(0)
        putShort(0)
        putShort(directory.size.toShort())
        putShort(directory.size.toShort())
        putInt(length)
        putInt(offset.toInt())
        putShort(0)
    }.array()
    // One byte more, so that an extra one shows.
    if (!source.readUpTo(offset, expected.size + 1).contentEquals(expected)) throw changed(offset)
}

/** Returns the entry at [offset], whose header begins with [fixed], and its central header. */
private fun readHeader(
    fixed: ByteArray,
    source: BundleSource,
    offset: Long,
): Triple<String, Entry, ByteArray> {
    if (fixed.size < LOCAL_BYTES) throw changed(offset)
    val fields = littleEndian(fixed)
    val crc = fields.getInt(14)
    val size = fields.getInt(22)
    val nameLength = fields.getShort(26).toInt() and 0xffff
    val padding = fields.getShort(28).toInt() and 0xffff
    val rest = source.readUpTo(offset + LOCAL_BYTES, nameLength + padding)
    val name = checkedName(rest.copyOf(minOf(nameLength, rest.size)))
    val local = localHeader(name, crc, size, offset)
    if (!(fixed + rest).contentEquals(local)) throw changed(offset)
    val entry = Entry(offset + local.size, size.toLong() and 0xffffffffL, crc)
    return Triple(name, entry, centralHeader(name, crc, size, offset))
}

private fun localHeader(name: String, crc: Int, size: Int, offset: Long): ByteArray {
    val unpadded = offset + LOCAL_BYTES + name.length + PADDING_BYTES
    val zeros = ((ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT).toInt()
    return littleEndian(LOCAL_BYTES + name.length + PADDING_BYTES + zeros).apply {
        putInt(LOCAL_SIGNATURE)
        putCommon(crc, size, name.length)
        putShort((PADDING_BYTES + zeros).toShort())
        put(name.toByteArray(Charsets.US_ASCII))
        putShort(PADDING_FIELD)
        putShort((2 + zeros).toShort())
        putShort(ALIGNMENT.toShort())
    }.array()
}

private fun centralHeader(name: String, crc: Int, size: Int, offset: Long): ByteArray =
    littleEndian(CENTRAL_BYTES + name.length).apply {
        putInt(CENTRAL_SIGNATURE)
        putShort(VERSION_NEEDED)
        putCommon(crc, size, name.length)
        position(position() + 12)
        putInt(offset.toInt())
        put(name.toByteArray(Charsets.US_ASCII))
    }.array()

/** Writes the fields that both headers have in the same order. */
private fun ByteBuffer.putCommon(crc: Int, size: Int, nameLength: Int) {
    putShort(VERSION_NEEDED)
    putShort(0)
    putShort(0)
    putShort(0)
    putShort(DATE_1980_01_01)
    putInt(crc)
    putInt(size)
    putInt(size)
    putShort(nameLength.toShort())
}

private val NAME = Regex("[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")

private fun checkedName(encoded: ByteArray): String {
    // Each byte becomes one character, so that a byte beyond ASCII does not match.
    val name = String(encoded, Charsets.ISO_8859_1)
    if (name.length > Limits.NAME_LENGTH || !NAME.matches(name)) {
        throw BundleException("a name of a-z 0-9 . _ - in folders by /", shown(name, 100))
    }
    return name
}

private fun follows(name: String, last: String) =
    name != CARD_NAME && (last == CARD_NAME || name > last)

private fun beginsLocal(begin: ByteArray) =
    begin.size >= Int.SIZE_BYTES && littleEndian(begin).getInt() == LOCAL_SIGNATURE

private fun littleEndian(size: Int): ByteBuffer = littleEndian(ByteArray(size))

private fun littleEndian(content: ByteArray): ByteBuffer =
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)

private fun BundleSource.readUpTo(position: Long, length: Int): ByteArray {
    val content = ByteArray(length)
    return content.copyOf(readFully(position, content))
}

/** Fills [into] from [position] on, and returns how many bytes there were. */
private fun BundleSource.readFully(position: Long, into: ByteArray, length: Int = into.size): Int =
    try {
        read(position, into, 0, length)
    } catch (error: IOException) {
        throw unreadable(error)
    }

/** Returns the exception for a source that cannot be read. The caller throws it. */
internal fun unreadable(error: IOException): BundleException {
    val reason = shown(error.message ?: error.toString(), 200)
    return BundleException("a bundle that can be read", reason, cause = error)
}

private fun changed(offset: Long) = BundleException(
    "a bundle as it was packed",
    "other bytes behind byte $offset",
    "it was changed, cut short or zipped again; download or convert it again",
)
