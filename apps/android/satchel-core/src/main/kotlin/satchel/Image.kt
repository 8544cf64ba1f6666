package satchel

/**
 * A decoded image: upright, in sRGB, and not multiplied by alpha.
 *
 * The platform decodes it. [argb] is not copied: the caller must not change it while it is read.
 *
 * @property width the width in pixels
 * @property height the height in pixels
 * @property argb one number for each pixel, row by row, as Android's `Bitmap.getPixels` gives them:
 *   alpha in the highest 8 bits, then red, green and blue
 * @throws InputException for sides below 1, for more pixels than any model reads, and for another
 *   number of [argb] than of pixels
 */
public class DecodedImage(
    public val width: Int,
    public val height: Int,
    public val argb: IntArray,
) {
    init {
        checkSize(width, height)
        if (argb.size.toLong() != width.toLong() * height) {
            val expected = "a number for each of $width x $height pixels"
            throw InputException(expected, "${argb.size}")
        }
    }
}

/**
 * An opaque image in sRGB.
 *
 * @property width the width in pixels
 * @property height the height in pixels
 * @property rgb red, green and blue of each pixel, row by row; each byte is a level from 0 to 255
 */
public class Pixels(
    public val width: Int,
    public val height: Int,
    public val rgb: ByteArray,
) {
    /** Returns the pixels as `Bitmap.setPixels` takes them: alpha, red, green and blue. */
    public fun toArgb(): IntArray = IntArray(width * height) { at ->
        val (red, green, blue) = List(3) { rgb[3 * at + it].toInt() and 0xff }
        (0xff shl 24) or (red shl 16) or (green shl 8) or blue
    }
}

/** Throws [InputException] for an image without pixels, or with more than a reader takes. */
internal fun checkSize(width: Int, height: Int) {
    if (width < 1 || height < 1 || width.toLong() * height > Limits.PIXELS) {
        throw InputException("1 to ${Limits.PIXELS} pixels", "$width x $height")
    }
}
