package satchel.android

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.net.Uri
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import satchel.DecodedImage
import satchel.ImageDecoder
import satchel.InputException
import satchel.upright

/**
 * Decodes images with Android's decoders: upright by their EXIF data, and from Android 8 on in sRGB
 * by their colour profile. It is also the decoder of a golden self-test.
 *
 * Android's decoders cannot be run where this library is tested. The self-check of the sample
 * application compares them with the conformance pictures on a device.
 */
public object AndroidImageDecoder : ImageDecoder {
    override fun decode(encoded: ByteArray): DecodedImage {
        val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeByteArray(encoded, 0, encoded.size, size)
        if (size.outWidth < 1 || size.outHeight < 1) throw notAnImage(encoded.size)
        checkPixels(size.outWidth, size.outHeight)
        val options = BitmapFactory.Options().apply {
            inPreferredConfig = Bitmap.Config.ARGB_8888
            // Multiplied by alpha, dark levels would lose bits.
            inPremultiplied = false
            inScaled = false
        }
        val bitmap = memoryFor(size.outWidth, size.outHeight) {
            BitmapFactory.decodeByteArray(encoded, 0, encoded.size, options)
        } ?: throw notAnImage(encoded.size)
        try {
            return bitmap.toDecodedImage().upright(exifOrientation(encoded))
        } finally {
            bitmap.recycle()
        }
    }

    private fun notAnImage(size: Int) = InputException(
        "an image that this device decodes",
        "$size bytes that are none",
        "use PNG, JPEG or WebP",
    )
}

/**
 * Returns the image of an encoded file in [stream], which is not closed.
 *
 * @throws InputException for a stream that cannot be read, of more than 64 MiB, or without an image
 */
public fun decodeImage(stream: InputStream): DecodedImage {
    val encoded = try {
        readUpTo(stream, LARGEST_SAMPLE)
    } catch (error: IOException) {
        throw InputException("an image that can be read", oneLine(error), null, error)
    }
    return AndroidImageDecoder.decode(encoded)
}

/**
 * Returns the image that a link of another application or of the system leads to.
 *
 * @throws InputException for a link whose permission was taken back, that leads nowhere, or without
 *   an image
 */
public fun decodeImage(context: Context, link: Uri): DecodedImage =
    openStream(context, link).use(::decodeImage)

/**
 * Returns the open stream of a link of another application or of the system.
 *
 * @throws InputException for a link whose permission was taken back, or that leads nowhere
 */
public fun openStream(context: Context, link: Uri): InputStream = try {
    context.contentResolver.openInputStream(link) ?: throw unreachable("one that is gone", null)
} catch (error: SecurityException) {
    throw unreachable("one whose permission was taken back", error)
} catch (error: FileNotFoundException) {
    throw unreachable("one that is gone (${oneLine(error)})", error)
}

private fun unreachable(got: String, cause: Throwable?) =
    InputException("a file that this application may read", got, "choose it again", cause)
