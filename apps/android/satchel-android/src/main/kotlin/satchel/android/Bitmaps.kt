package satchel.android

import android.graphics.Bitmap
import satchel.DecodedImage
import satchel.InputException
import satchel.Pixels

/**
 * Returns the pixels of a bitmap, which must be upright. From Android 8 on they are in sRGB, whatever
 * the bitmap's colour space.
 *
 * @throws InputException for a bitmap that was recycled, or with more pixels than any model reads
 */
public fun Bitmap.toDecodedImage(): DecodedImage {
    if (isRecycled) {
        val remedy = "keep the bitmap until the prediction is there"
        throw InputException("a bitmap that is there", "one that was recycled", remedy)
    }
    checkPixels(width, height)
    val argb = memoryFor(width, height) { IntArray(width * height) }
    try {
        getPixels(argb, 0, width, 0, 0, width, height)
    } catch (error: IllegalStateException) {
        // A bitmap in the memory of the graphics processor, which Android 8 brought.
        return readable(error).toDecodedImage()
    }
    return DecodedImage(width, height, argb)
}

private fun Bitmap.readable(error: IllegalStateException): Bitmap =
    copy(Bitmap.Config.ARGB_8888, false)
        ?: throw InputException("a bitmap whose pixels can be read", oneLine(error), null, error)

/** Returns a bitmap of a model's image. */
public fun Pixels.toBitmap(): Bitmap =
    Bitmap.createBitmap(toArgb(), width, height, Bitmap.Config.ARGB_8888)

/** The largest number of pixels that a reader of images takes. */
private const val MOST_PIXELS = 89_478_485L

/** Throws [InputException] for an image of more pixels than any model reads, before it is decoded. */
internal fun checkPixels(width: Int, height: Int) {
    if (width.toLong() * height > MOST_PIXELS) {
        throw InputException("an image of at most $MOST_PIXELS pixels", "$width x $height")
    }
}

/** Returns what [act] returns; throws [InputException] if memory does not hold the image. */
internal inline fun <T> memoryFor(width: Int, height: Int, act: () -> T): T = try {
    act()
} catch (error: OutOfMemoryError) {
    val remedy = "use a smaller image"
    throw InputException("memory for $width x $height pixels", "too little", remedy, error)
}
