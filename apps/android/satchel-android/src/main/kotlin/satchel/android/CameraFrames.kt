package satchel.android

import java.nio.ByteBuffer
import satchel.DecodedImage
import satchel.InputException
import satchel.upright

/**
 * One plane of a frame of a camera, as `android.media.Image` and CameraX hand it over.
 *
 * @property bytes the plane; its position and limit are left alone
 * @property rowStride the number of bytes from one row to the next
 * @property pixelStride the number of bytes from one value of a row to the next
 */
public class FramePlane(
    internal val bytes: ByteBuffer,
    internal val rowStride: Int,
    internal val pixelStride: Int,
) {
    /** Returns a byte of the value in a row and a column, 0 to 255. */
    internal fun at(row: Int, column: Int, part: Int = 0): Int =
        bytes.get(row * rowStride + column * pixelStride + part).toInt() and 0xff

    /** Throws [InputException] unless the plane holds values of [size] bytes in rows and columns. */
    internal fun check(rows: Int, columns: Int, size: Int) {
        val least = (rows - 1L) * rowStride + (columns - 1L) * pixelStride + size
        if (pixelStride < size || rowStride < 1 || least > bytes.limit()) {
            val got = "${bytes.limit()} with strides of $rowStride and $pixelStride"
            throw InputException("a plane of $rows x $columns values, at least $least bytes", got)
        }
    }
}

/**
 * Returns the upright image of a frame in `YUV_420_888`: BT.601 over the full range, as Android's
 * cameras and JPEG files have it. Each value of [u] and [v] stands for 2 x 2 pixels.
 *
 * @param width the width of the frame in pixels, before it is turned
 * @param height the height of the frame in pixels, before it is turned
 * @param rotation how far the frame must be turned clockwise to be upright: 0, 90, 180 or 270
 *   degrees
 * @throws InputException for planes that are too small, and for another rotation
 */
public fun yuvFrame(
    width: Int,
    height: Int,
    y: FramePlane,
    u: FramePlane,
    v: FramePlane,
    rotation: Int,
): DecodedImage {
    val orientation = orientationOf(rotation)
    checkSides(width, height)
    y.check(height, width, size = 1)
    for (plane in listOf(u, v)) plane.check((height + 1) / 2, (width + 1) / 2, size = 1)
    val argb = IntArray(width * height)
    for (row in 0..<height) {
        for (column in 0..<width) {
            val blue = u.at(row / 2, column / 2) - MIDDLE
            val red = v.at(row / 2, column / 2) - MIDDLE
            argb[row * width + column] = argbOf(y.at(row, column), blue, red)
        }
    }
    return DecodedImage(width, height, argb).upright(orientation)
}

/**
 * Returns the upright image of a frame in `RGBA_8888`, whose alpha does not count.
 *
 * @param width the width of the frame in pixels, before it is turned
 * @param height the height of the frame in pixels, before it is turned
 * @param rotation how far the frame must be turned clockwise to be upright: 0, 90, 180 or 270
 *   degrees
 * @throws InputException for a plane that is too small, and for another rotation
 */
public fun rgbaFrame(width: Int, height: Int, plane: FramePlane, rotation: Int): DecodedImage {
    val orientation = orientationOf(rotation)
    checkSides(width, height)
    plane.check(height, width, size = 4)
    val argb = IntArray(width * height)
    for (row in 0..<height) {
        for (column in 0..<width) {
            argb[row * width + column] = opaque(
                red = plane.at(row, column),
                green = plane.at(row, column, part = 1),
                blue = plane.at(row, column, part = 2),
            )
        }
    }
    return DecodedImage(width, height, argb).upright(orientation)
}

/** The largest number of pixels of a frame: more than any camera of 2026 has. */
private const val MOST_PIXELS = 89_478_485L

private fun checkSides(width: Int, height: Int) {
    if (width < 1 || height < 1 || width.toLong() * height > MOST_PIXELS) {
        throw InputException("a frame of 1 to $MOST_PIXELS pixels", "$width x $height")
    }
}

/** Returns the EXIF orientation of a frame that must be turned clockwise by [rotation] degrees. */
private fun orientationOf(rotation: Int): Int = when (rotation) {
    0 -> 1
    90 -> 6
    180 -> 3
    270 -> 8
    else -> throw InputException("a rotation of 0, 90, 180 or 270 degrees", "$rotation")
}

/** The level of a colour difference of 0. */
private const val MIDDLE = 128

/* ITU-T T.871, section 7: 1.402, 0.344136, 0.714136 and 1.772, in 65,536ths. */
private const val RED_FROM_V = 91_881
private const val GREEN_FROM_U = 22_554
private const val GREEN_FROM_V = 46_802
private const val BLUE_FROM_U = 116_130
private const val SHIFT = 16
private const val HALF = 1 shl (SHIFT - 1)

private fun argbOf(luma: Int, u: Int, v: Int): Int {
    val level = (luma shl SHIFT) + HALF
    val red = (level + RED_FROM_V * v) shr SHIFT
    val green = (level - GREEN_FROM_U * u - GREEN_FROM_V * v) shr SHIFT
    val blue = (level + BLUE_FROM_U * u) shr SHIFT
    return opaque(red.coerceIn(0, 255), green.coerceIn(0, 255), blue.coerceIn(0, 255))
}

private fun opaque(red: Int, green: Int, blue: Int): Int =
    (0xff shl 24) or (red shl 16) or (green shl 8) or blue
