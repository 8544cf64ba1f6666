package satchel.android

import java.nio.BufferUnderflowException
import java.nio.ByteBuffer
import java.nio.ByteOrder

/*
 * The EXIF orientation of an encoded image. Android's decoders of JPEG, PNG and WebP leave it to the
 * application, and its own reader of EXIF data takes a stream only from Android 7 on.
 */

/** Upright, and what damaged EXIF data counts as. */
internal const val UPRIGHT = 1

private const val ORIENTATION_TAG = 0x0112
private const val SHORT_TYPE = 3
private val EXIF_HEADER = "Exif\u0000\u0000".toByteArray(Charsets.ISO_8859_1)

/** Returns the orientation, 1 to 8, that a JPEG, PNG or WebP file states; 1 for any other file. */
internal fun exifOrientation(encoded: ByteArray): Int {
    val found = try {
        exifOf(encoded)?.let(::orientationIn)
    } catch (_: BufferUnderflowException) {
        null
    } catch (_: IllegalArgumentException) {
        // A position behind the end: the file is cut short.
        null
    } catch (_: IndexOutOfBoundsException) {
        null
    }
    return if (found in UPRIGHT..8) found!! else UPRIGHT
}

private fun exifOf(encoded: ByteArray): ByteBuffer? {
    val file = ByteBuffer.wrap(encoded)
    return when {
        file.startsWith(0xff, 0xd8) -> exifOfJpeg(file)
        file.startsWith(0x89, 'P'.code, 'N'.code, 'G'.code) -> exifOfPng(file)
        file.startsWith('R'.code, 'I'.code, 'F'.code, 'F'.code) -> exifOfWebp(file)
        else -> null
    }
}

private fun ByteBuffer.startsWith(vararg bytes: Int): Boolean =
    limit() >= bytes.size && bytes.indices.all { get(it) == bytes[it].toByte() }

private const val APP1 = 0xe1
private const val START_OF_SCAN = 0xda

private fun exifOfJpeg(file: ByteBuffer): ByteBuffer? {
    file.position(2)
    while (file.remaining() >= 4) {
        if (file.get().toInt() and 0xff != 0xff) return null
        var marker = file.get().toInt() and 0xff
        // A marker may have fill bytes in front.
        while (marker == 0xff) marker = file.get().toInt() and 0xff
        if (marker == START_OF_SCAN) return null
        val length = file.getShort().toInt() and 0xffff
        val content = file.part(length - 2)
        if (marker == APP1 && content.dropsHeader()) return content.slice()
    }
    return null
}

/** Moves behind `Exif` and two zeros if the part begins with them. */
private fun ByteBuffer.dropsHeader(): Boolean {
    if (remaining() < EXIF_HEADER.size) return false
    if (EXIF_HEADER.indices.any { get(position() + it) != EXIF_HEADER[it] }) return false
    position(position() + EXIF_HEADER.size)
    return true
}

private const val PNG_HEADER = 8

private fun exifOfPng(file: ByteBuffer): ByteBuffer? {
    file.position(PNG_HEADER)
    while (file.remaining() >= 12) {
        val length = file.getInt()
        val name = file.name()
        val content = file.part(length)
        file.getInt() // The checksum.
        if (name == "eXIf") return content.slice()
    }
    return null
}

private const val RIFF_HEADER = 12

private fun exifOfWebp(file: ByteBuffer): ByteBuffer? {
    file.order(ByteOrder.LITTLE_ENDIAN).position(RIFF_HEADER)
    while (file.remaining() >= 8) {
        val name = file.name()
        val length = file.getInt()
        val content = file.part(length)
        if (length % 2 == 1) file.get()
        if (name == "EXIF") {
            // Some writers put the header of JPEG files in front.
            content.dropsHeader()
            return content.slice()
        }
    }
    return null
}

private fun ByteBuffer.name() = String(ByteArray(4).also { get(it) }, Charsets.ISO_8859_1)

/** Returns the next [length] bytes, and moves behind them. */
private fun ByteBuffer.part(length: Int): ByteBuffer {
    if (length < 0 || length > remaining()) throw BufferUnderflowException()
    val part = duplicate()
    part.limit(position() + length)
    position(position() + length)
    return part
}

/** Returns the orientation in the first directory of EXIF data, or null. */
private fun orientationIn(exif: ByteBuffer): Int? {
    exif.order(
        when (exif.getShort(0).toInt()) {
            0x4949 -> ByteOrder.LITTLE_ENDIAN
            0x4d4d -> ByteOrder.BIG_ENDIAN
            else -> return null
        },
    )
    if (exif.getShort(2).toInt() != 42) return null
    val directory = exif.getInt(4)
    val count = exif.getShort(directory).toInt() and 0xffff
    for (at in 0..<count) {
        val entry = directory + 2 + 12 * at
        if (exif.getShort(entry).toInt() and 0xffff != ORIENTATION_TAG) continue
        val isOneShort = exif.getShort(entry + 2).toInt() == SHORT_TYPE && exif.getInt(entry + 4) == 1
        return if (isOneShort) exif.getShort(entry + 8).toInt() and 0xffff else null
    }
    return null
}
