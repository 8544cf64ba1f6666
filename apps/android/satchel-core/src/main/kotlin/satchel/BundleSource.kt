package satchel

import java.io.Closeable
import java.io.File
import java.io.IOException
import java.io.RandomAccessFile

/**
 * The bytes of a `.satchel` file, of which any part can be read.
 *
 * Several threads may read at once. What was read once must not change meanwhile: a source of a
 * file keeps that file open, so that another file at its path does not matter.
 */
public interface BundleSource : Closeable {
    /** The number of bytes. */
    public val size: Long

    /**
     * Reads up to [length] bytes from byte [position] on into [into], behind its first [offset].
     * Returns how many there were: fewer than [length] only at the end.
     *
     * @throws IOException if the source cannot be read
     */
    @Throws(IOException::class)
    public fun read(position: Long, into: ByteArray, offset: Int, length: Int): Int
}

/** A source in memory. The caller must not change [content] while a bundle is open. */
internal class MemorySource(private val content: ByteArray) : BundleSource {
    override val size: Long get() = content.size.toLong()

    override fun read(position: Long, into: ByteArray, offset: Int, length: Int): Int {
        val begin = minOf(position, size).toInt()
        val end = minOf(begin.toLong() + length, size).toInt()
        content.copyInto(into, offset, begin, end)
        return end - begin
    }

    override fun close() = Unit
}

/** A file that is open for reading until it is closed. */
internal class FileSource(place: File) : BundleSource {
    private val file = RandomAccessFile(place, "r")
    override val size: Long = file.length()

    @Synchronized
    override fun read(position: Long, into: ByteArray, offset: Int, length: Int): Int {
        file.seek(position)
        var count = 0
        while (count < length) {
            val more = file.read(into, offset + count, length - count)
            if (more < 0) break
            count += more
        }
        return count
    }

    override fun close() = file.close()
}
