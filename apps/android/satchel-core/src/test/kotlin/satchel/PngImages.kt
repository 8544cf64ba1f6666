package satchel

import java.awt.color.ColorSpace
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO

/** Decodes the PNG files of the tests, which hold sRGB. */
internal val PNG_DECODER = ImageDecoder { encoded ->
    val image = ImageIO.read(encoded.inputStream())
        ?: throw InputException("a PNG file", "${encoded.size} other bytes")
    val isGrey = image.colorModel.colorSpace.type == ColorSpace.TYPE_GRAY
    val argb = if (isGrey) greyOf(image) else rgbOf(image)
    DecodedImage(image.width, image.height, argb)
}

private fun rgbOf(image: BufferedImage): IntArray =
    image.getRGB(0, 0, image.width, image.height, null, 0, image.width)

/** Java takes grey for linear light, so its `getRGB` would make it lighter. */
private fun greyOf(image: BufferedImage): IntArray = IntArray(image.width * image.height) { at ->
    val level = image.raster.getSample(at % image.width, at / image.width, 0)
    (0xff shl 24) or (level shl 16) or (level shl 8) or level
}

internal fun decodedPng(file: File): DecodedImage = PNG_DECODER.decode(file.readBytes())
