package satchel.images

import satchel.Color
import satchel.DecodedImage
import satchel.ImageInput
import satchel.Pixels
import satchel.checkSize

/* Images: docs/bundle.md, section 4, steps 4 to 6. The platform has done steps 1 to 3. */

/**
 * Returns [image] flattened, cropped and resized to the model's size.
 *
 * @throws satchel.InputException for an image that has too many pixels between the two passes
 */
internal fun readPixels(image: DecodedImage, input: ImageInput): Pixels {
    val piece = croppedPiece(image.width, image.height, input)
    val place = placeInInput(image.width, image.height, input)
    val resized = flattenAndResize(image, piece, input.background, place.width, place.height)
    val fills = place.width == input.width && place.height == input.height
    return if (fills) resized else framed(resized, place, input)
}

/** Returns [image] with transparent pixels mixed with [background]: step 4. */
internal fun flatten(image: DecodedImage, background: Color): Pixels {
    val whole = Piece(0, 0, image.width, image.height)
    return flattenAndResize(image, whole, background, image.width, image.height)
}

/** Does steps 4 and 6 row by row, so that no second image of the first one's size is needed. */
private fun flattenAndResize(
    image: DecodedImage,
    piece: Piece,
    background: Color,
    width: Int,
    height: Int,
): Pixels {
    checkSize(width, piece.height)
    val isWide = width == piece.width
    val weights = if (isWide) null else weightsOf(piece.width, width)
    val row = PixelRow(piece.width)
    val wide = ByteArray(3 * width * piece.height)
    for (y in 0..<piece.height) {
        val begin = (piece.top + y) * image.width + piece.left
        if (weights == null) {
            flattenRow(image.argb, begin, width, background, wide, 3 * width * y)
        } else {
            for (at in 0..<row.width) row[at] = flattened(image.argb[begin + at], background)
            resizeRow(row, weights, wide, 3 * width * y)
        }
    }
    val isDone = height == piece.height
    val rgb = if (isDone) wide else resizeColumns(wide, 3 * width, weightsOf(piece.height, height))
    return Pixels(width, height, rgb)
}

private fun flattenRow(
    argb: IntArray,
    begin: Int,
    width: Int,
    background: Color,
    into: ByteArray,
    offset: Int,
) {
    var to = offset
    for (at in begin..<begin + width) {
        val rgb = flattened(argb[at], background)
        into[to] = (rgb shr 16).toByte()
        into[to + 1] = (rgb shr 8).toByte()
        into[to + 2] = rgb.toByte()
        to += 3
    }
}

/** Returns a pixel mixed with the background; its colors are in the lowest 24 bits. */
private fun flattened(pixel: Int, background: Color): Int {
    val alpha = pixel ushr 24
    if (alpha == 255) return pixel
    val red = mixed(pixel shr 16 and 0xff, background.red, alpha)
    val green = mixed(pixel shr 8 and 0xff, background.green, alpha)
    val blue = mixed(pixel and 0xff, background.blue, alpha)
    return (red shl 16) or (green shl 8) or blue
}

private fun mixed(level: Int, behind: Int, alpha: Int): Int =
    (level * alpha + behind * (255 - alpha) + 127) / 255

private fun framed(pixels: Pixels, place: Piece, input: ImageInput): Pixels {
    val padding = with(input.padding) { byteArrayOf(red.toByte(), green.toByte(), blue.toByte()) }
    val rgb = ByteArray(3 * input.width * input.height) { padding[it % 3] }
    for (row in 0..<place.height) {
        val from = 3 * row * place.width
        val to = 3 * ((place.top + row) * input.width + place.left)
        pixels.rgb.copyInto(rgb, to, from, from + 3 * place.width)
    }
    return Pixels(input.width, input.height, rgb)
}

/**
 * Returns `(a * (256 - share) + b * share + 128) >> 8` of two images of one size.
 *
 * [share] is 1 to 255. Golden vectors with a `blend` use it: section 8.
 */
internal fun blend(one: Pixels, other: Pixels, share: Int): Pixels {
    val rgb = ByteArray(one.rgb.size) { at ->
        val (a, b) = (one.rgb[at].toInt() and 0xff) to (other.rgb[at].toInt() and 0xff)
        (a * (256 - share) + b * share + 128 shr 8).toByte()
    }
    return Pixels(one.width, one.height, rgb)
}
