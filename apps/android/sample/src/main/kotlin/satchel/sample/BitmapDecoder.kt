package satchel.sample

import android.graphics.BitmapFactory
import satchel.DecodedImage
import satchel.ImageDecoder
import satchel.InputException

/** Decodes the golden images of the bundles, which are PNG files in sRGB. */
internal object BitmapDecoder : ImageDecoder {
    override fun decode(encoded: ByteArray): DecodedImage {
        val options = BitmapFactory.Options().apply { inPremultiplied = false }
        val bitmap = BitmapFactory.decodeByteArray(encoded, 0, encoded.size, options)
            ?: throw InputException("an image", "${encoded.size} bytes that are none")
        val argb = IntArray(bitmap.width * bitmap.height)
        bitmap.getPixels(argb, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
        return DecodedImage(bitmap.width, bitmap.height, argb)
    }
}
