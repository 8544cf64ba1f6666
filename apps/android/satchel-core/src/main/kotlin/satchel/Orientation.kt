package satchel

/**
 * Returns the upright image of one that was stored with the EXIF [orientation], 1 to 8: step 2 of
 * docs/bundle.md, section 4. Any other number counts as upright.
 *
 * It is for decoders that do not apply the orientation, and for the frames of a camera.
 */
public fun DecodedImage.upright(orientation: Int): DecodedImage {
    if (orientation !in 2..8) return this
    val isLying = orientation >= 5
    val (turnedWidth, turnedHeight) = if (isLying) height to width else width to height
    val right = width - 1
    val bottom = height - 1
    val turned = IntArray(argb.size)
    for (y in 0..<turnedHeight) {
        for (x in 0..<turnedWidth) {
            val from = when (orientation) {
                2 -> y * width + right - x
                3 -> (bottom - y) * width + right - x
                4 -> (bottom - y) * width + x
                5 -> x * width + y
                6 -> (bottom - x) * width + y
                7 -> (bottom - x) * width + right - y
                else -> x * width + right - y
            }
            turned[y * turnedWidth + x] = argb[from]
        }
    }
    return DecodedImage(turnedWidth, turnedHeight, turned)
}
