package satchel.android

import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.io.InputStream
import java.security.MessageDigest
import kotlin.coroutines.cancellation.CancellationException
import satchel.BundleException

/** The largest bundle that is stored unless another limit is given, in bytes. */
public const val LARGEST_BUNDLE: Long = 512L shl 20

/**
 * Stores the bundle of a stream in [target], in little memory, and replaces what was there only when
 * all of it has come. The stream is not closed. The bundle is checked when it is opened.
 *
 * @param limit the largest number of bytes that is stored
 * @param sha256 the SHA-256 of the whole file, 64 hexadecimal digits; null if it is not known. The
 *   files of a bundle have hashes of their own, and a policy decides about its signer.
 * @param isWanted asked now and then; once it returns false, nothing is stored
 * @throws BundleException if the stream cannot be read, is longer than [limit] or has another hash,
 *   or if the device has no room
 * @throws CancellationException if [isWanted] returned false
 */
public fun storeBundle(
    stream: InputStream,
    target: File,
    limit: Long = LARGEST_BUNDLE,
    sha256: String? = null,
    isWanted: () -> Boolean = { true },
) {
    val part = File(target.absoluteFile.parentFile, target.name + ".part")
    try {
        val found = copy(stream, part, limit, isWanted)
        if (sha256 != null && !found.equals(sha256.trim(), ignoreCase = true)) {
            val remedy = "download it again; do not use it if that does not help"
            throw BundleException("a file with SHA-256 ${sha256.trim().take(64)}", found, remedy)
        }
        if (!part.renameTo(target)) {
            throw BundleException("a folder that can be written", target.parent.orEmpty())
        }
    } finally {
        // It is gone if all went well.
        part.delete()
    }
}

private const val PIECE = 1 shl 16

/** Copies a stream into a file, and returns its SHA-256. */
private fun copy(stream: InputStream, part: File, limit: Long, isWanted: () -> Boolean): String {
    val hash = MessageDigest.getInstance("SHA-256")
    val piece = ByteArray(PIECE)
    var size = 0L
    writing(part).use { file ->
        while (true) {
            if (!isWanted()) throw CancellationException("the bundle is not wanted any more")
            val count = reading { stream.read(piece) }
            if (count < 0) break
            size += count
            checkLength(size, limit)
            hash.update(piece, 0, count)
            stored(part) { file.write(piece, 0, count) }
        }
        // Otherwise a device that loses power might have the name and not the bytes.
        stored(part) { file.fd.sync() }
    }
    return hash.digest().joinToString("") { "%02x".format(it) }
}

private fun writing(part: File): FileOutputStream = stored(part) {
    part.parentFile?.mkdirs()
    FileOutputStream(part)
}

/** Throws [BundleException] for a bundle of more than [limit] bytes. */
internal fun checkLength(size: Long, limit: Long) {
    if (size > limit) {
        val remedy = "allow more, or use a smaller bundle"
        throw BundleException("a bundle of at most $limit bytes", "$size or more", remedy)
    }
}

/** Returns what [act], which reads, returns; throws [BundleException] if it fails. */
internal inline fun <T> reading(act: () -> T): T = try {
    act()
} catch (error: IOException) {
    throw BundleException("a bundle that can be read", oneLine(error), "try again", error)
}

private inline fun <T> stored(part: File, act: () -> T): T = try {
    act()
} catch (error: IOException) {
    val free = part.absoluteFile.parentFile?.usableSpace ?: 0
    val got = "$free bytes free (${oneLine(error)})"
    throw BundleException("room for a bundle on the device", got, "delete something", error)
}

/** The longest reason of a system that a message repeats, in characters. */
private const val LONGEST_REASON = 200

/** Returns why something failed, as a part of a line. */
internal fun oneLine(error: Throwable): String {
    val line = error.message.orEmpty().map { if (it < ' ' || it in LINE_ENDS) ' ' else it }
    return line.joinToString("").trim().trimEnd('.').take(LONGEST_REASON)
        .ifEmpty { error.javaClass.simpleName }
}

private const val LINE_ENDS = "\u007f\u0085\u2028\u2029"
