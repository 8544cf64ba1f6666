package satchel.android

import java.io.IOException
import java.io.InputStream
import java.util.zip.ZipInputStream
import satchel.InputException
import satchel.Task

/** The largest file of a sample, in bytes. */
internal const val LARGEST_SAMPLE = 64 shl 20

/** The largest number of samples of an archive. */
private const val MOST_SAMPLES = 1_000_000

private val IMAGE_ENDS = setOf("png", "jpg", "jpeg", "webp", "bmp", "gif", "heic", "heif", "avif")
private val TEXT_ENDS = setOf("txt")

/** Returns whether a file of this path is a sample for a task that takes images or texts. */
public fun isSample(path: String, task: Task): Boolean {
    val parts = path.split('/')
    // Files that systems add to folders and archives.
    if (parts.any { it.startsWith('.') || it == "__MACOSX" }) return false
    val end = parts.last().substringAfterLast('.', "").lowercase()
    return end in if (task == Task.TEXT_CLASSIFICATION) TEXT_ENDS else IMAGE_ENDS
}

/**
 * Reads the samples of a ZIP archive, one after another in little memory, and hands each to [act].
 *
 * @param act gets the path of the sample, and its bytes
 * @throws InputException for a file that is no archive or is damaged, a sample of more than 64 MiB,
 *   and an archive without a sample
 */
public suspend fun forEachSample(
    archive: InputStream,
    task: Task,
    act: suspend (path: String, content: ByteArray) -> Unit,
) {
    val entries = ZipInputStream(archive)
    var count = 0
    while (true) {
        val entry = unpacking { entries.nextEntry } ?: break
        if (entry.isDirectory || !isSample(entry.name, task)) continue
        if (++count > MOST_SAMPLES) {
            throw InputException("an archive of at most $MOST_SAMPLES samples", "more")
        }
        act(entry.name, unpacking { readUpTo(entries, LARGEST_SAMPLE) })
    }
    if (count == 0) {
        val kind = if (task == Task.TEXT_CLASSIFICATION) ".txt files" else "images"
        throw InputException("a ZIP archive of $kind", "one without any")
    }
}

private inline fun <T> unpacking(act: () -> T): T = try {
    act()
} catch (error: IOException) {
    throw InputException("a ZIP archive that can be read", oneLine(error), null, error)
} catch (error: IllegalArgumentException) {
    throw InputException("a ZIP archive with names in UTF-8", oneLine(error), null, error)
}

/**
 * Returns all bytes of a stream.
 *
 * @throws InputException for more than [limit] bytes
 * @throws IOException if the stream cannot be read
 */
internal fun readUpTo(stream: InputStream, limit: Int): ByteArray {
    val content = java.io.ByteArrayOutputStream()
    val piece = ByteArray(1 shl 16)
    while (true) {
        val count = stream.read(piece)
        if (count < 0) return content.toByteArray()
        if (content.size() + count > limit) {
            throw InputException("a file of at most $limit bytes", "a larger one")
        }
        content.write(piece, 0, count)
    }
}

/**
 * Returns the text of a sample.
 *
 * @throws InputException for bytes that are not UTF-8
 */
public fun textOf(content: ByteArray): String = try {
    val decoder = Charsets.UTF_8.newDecoder()
    decoder.decode(java.nio.ByteBuffer.wrap(content)).toString().removePrefix("\uFEFF")
} catch (error: java.nio.charset.CharacterCodingException) {
    throw InputException("a text in UTF-8", "other bytes", null, error)
}
