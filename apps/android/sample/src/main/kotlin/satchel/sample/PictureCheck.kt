package satchel.sample

import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.math.abs
import satchel.DecodedImage
import satchel.InputException

/*
 * Compares decoded images with those of the conformance vectors: docs/conformance.md.
 */

/** What the decoder of the device made of one conformance picture. */
internal sealed interface PictureResult {
    /** Every channel of every pixel is within the levels that the vector allows. */
    data class Passed(val levels: Int) : PictureResult

    /**
     * It is another image.
     *
     * @property levels the largest difference of a channel, 0 to 255; null for other sides
     * @property why one line
     */
    data class Differs(val levels: Int?, val why: String) : PictureResult

    /** The device does not decode it. */
    data class Refused(val why: String) : PictureResult
}

/**
 * Returns how a decoded image compares with [upright], a `.npy` file of uint8 (height, width, 4), of
 * which each channel may differ by [allowed] levels. The colour of a pixel that is fully transparent
 * does not count.
 */
internal fun checkPicture(
    upright: ByteArray,
    allowed: Int,
    decode: () -> DecodedImage,
): PictureResult {
    val found = try {
        decode()
    } catch (error: InputException) {
        return PictureResult.Refused(error.message!!)
    }
    val expected = Upright(upright)
    if (found.width != expected.width || found.height != expected.height) {
        val sides = "${expected.width} x ${expected.height}"
        return PictureResult.Differs(null, "$sides expected, ${found.width} x ${found.height} found")
    }
    var most = 0
    var pixels = 0
    for (at in found.argb.indices) {
        val apart = expected.difference(at, found.argb[at])
        if (apart > allowed) pixels++
        most = maxOf(most, apart)
    }
    return if (pixels == 0) {
        PictureResult.Passed(most)
    } else {
        val all = found.argb.size
        PictureResult.Differs(most, "$pixels of $all pixels by up to $most levels, $allowed allowed")
    }
}

private val SHAPE = Regex("'shape': \\(([0-9]+), ([0-9]+), 4\\)")

/** The pixels of a `.npy` file of version 1.0. */
private class Upright(file: ByteArray) {
    val width: Int
    val height: Int
    private val pixels: ByteArray

    init {
        val length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getShort(8).toInt()
        val header = String(file, 10, length, Charsets.ISO_8859_1)
        val found = SHAPE.find(header)
        check(found != null && "'|u1'" in header) { "Expected uint8 of 4 channels, got $header." }
        height = found.groupValues[1].toInt()
        width = found.groupValues[2].toInt()
        pixels = file.copyOfRange(10 + length, file.size)
    }

    /** Returns the largest difference of a channel of the pixel at a place. */
    fun difference(at: Int, argb: Int): Int {
        val alpha = abs(channel(at, 3) - (argb ushr 24))
        if (channel(at, 3) == 0) return alpha
        val red = abs(channel(at, 0) - (argb shr 16 and 0xff))
        val green = abs(channel(at, 1) - (argb shr 8 and 0xff))
        val blue = abs(channel(at, 2) - (argb and 0xff))
        return maxOf(maxOf(red, green), maxOf(blue, alpha))
    }

    private fun channel(at: Int, channel: Int) = pixels[4 * at + channel].toInt() and 0xff
}
