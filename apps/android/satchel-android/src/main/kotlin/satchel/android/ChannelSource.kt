package satchel.android

import java.io.Closeable
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import satchel.BundleSource

/**
 * The part of an open file that holds a bundle, such as an asset inside an APK. It is read in place,
 * so that a bundle may be larger than memory.
 *
 * @param from the byte of the file at which the bundle begins
 * @param owner what is closed with the source
 */
internal class ChannelSource(
    private val file: FileChannel,
    private val from: Long,
    override val size: Long,
    private val owner: Closeable,
) : BundleSource {
    override fun read(position: Long, into: ByteArray, offset: Int, length: Int): Int {
        val wanted = minOf(length.toLong(), maxOf(0, size - position)).toInt()
        val room = ByteBuffer.wrap(into, offset, wanted)
        while (room.hasRemaining()) {
            // A read at a position: several threads may read at once.
            val count = file.read(room, from + position + (room.position() - offset))
            if (count < 0) break
        }
        return room.position() - offset
    }

    override fun close() = owner.close()
}
