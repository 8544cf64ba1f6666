package satchel

import java.util.Random
import kotlin.math.abs
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.images.blend
import satchel.images.croppedPiece
import satchel.images.imageTensor
import satchel.images.placeInInput
import satchel.images.readPixels
import satchel.images.weightsOf

/** Images: docs/bundle.md, section 4. */
internal class ImagesTest {
    private val chance = Random(20261130)

    private fun side(most: Int = 40) = 1 + chance.nextInt(most)

    private fun flat(width: Int, height: Int, argb: Int) =
        DecodedImage(width, height, IntArray(width * height) { argb })

    private fun input(width: Int, height: Int, fit: Fit = Fit.STRETCH) =
        ImageInput(height = height, width = width, fit = fit)

    @Test
    fun `one colour stays one colour at every size`() {
        repeat(300) {
            val level = chance.nextInt(256)
            val argb = (0xff shl 24) or level * 0x010101
            val found = readPixels(flat(side(), side(), argb), input(side(), side()))
            assertTrue(found.rgb.all { it == level.toByte() })
        }
    }

    @Test
    fun `each new value is a mean of old values, with weights whose sum is 1`() {
        repeat(500) {
            val (n, m) = side(3000) to side(400)
            val found = weightsOf(n, m)
            for (at in 0..<m) {
                val begin = at * found.stride
                val weights = found.weights.copyOfRange(begin, begin + found.count[at])
                assertTrue(weights.all { it >= 0 } && found.count[at] in 1..found.stride)
                // Each weight is rounded by at most half a step.
                assertTrue(abs(weights.sum() - (1 shl 22)) <= (found.count[at] + 1) / 2)
                // The sum of 255 times the weights stays within 32 bits.
                assertTrue(weights.sum() * 255L + (1 shl 21) < 1L shl 31)
                assertTrue(found.first[at] + found.count[at] <= n)
            }
            assertEquals(0, found.first[0])
            assertEquals(n, found.first[m - 1] + found.count[m - 1])
        }
    }

    @Test
    fun `a crop keeps one side whole, and the aspect ratio within one pixel`() {
        repeat(2000) {
            val (width, height) = side(300) to side(300)
            val model = input(side(), side(), Fit.CROP)
            val piece = croppedPiece(width, height, model)
            val scale = minOf(width.toDouble() / model.width, height.toDouble() / model.height)
            assertTrue(piece.width == width || piece.height == height)
            assertTrue(abs(piece.width - model.width * scale) <= 1)
            assertTrue(abs(piece.height - model.height * scale) <= 1)
            assertTrue(piece.left >= 0 && piece.left + piece.width <= width)
            assertTrue(piece.top >= 0 && piece.top + piece.height <= height)
        }
    }

    @Test
    fun `a letterboxed image fills one side of the model's`() {
        repeat(2000) {
            val model = input(side(), side(), Fit.LETTERBOX)
            val place = placeInInput(side(3000), side(3000), model)
            assertTrue(place.width == model.width || place.height == model.height)
            assertTrue(place.left >= 0 && place.left + place.width <= model.width)
            assertTrue(place.top >= 0 && place.top + place.height <= model.height)
        }
    }

    @Test
    fun `a transparent pixel is the background`() {
        val model = input(3, 2).copy(background = Color(1, 2, 3))
        val found = readPixels(flat(3, 2, 0x00ffffff), model)
        assertArrayEquals(ByteArray(18) { (it % 3 + 1).toByte() }, found.rgb)
    }

    @Test
    fun `an image that would be too large between the passes is refused`() {
        val tall = flat(1, 89_479, 0)
        assertEquals("InputError", errorOf { readPixels(tall, input(1000, 1)) })
    }

    @Test
    fun `an image without pixels, or with another number of them, is refused`() {
        val odd = listOf(0 to 1, 1 to 0, -1 to 1, 2 to 2, (1 shl 16) to (1 shl 16), 100_000 to 895)
        for ((width, height) in odd) {
            assertEquals("InputError", errorOf { DecodedImage(width, height, IntArray(3)) })
        }
    }

    @Test
    fun `an image is turned upright from every orientation`() {
        // The files hold the same pixels, but each has another orientation.
        val stored = ImageVectors.image("orientation_1.png")
        for (orientation in listOf(1, 2, 3, 4, 5, 6, 7, 8, 9)) {
            val expected = ImageVectors.image("orientation_$orientation.png")
            val found = stored.upright(orientation)
            assertEquals(listOf(expected.width, expected.height), listOf(found.width, found.height))
            assertArrayEquals(expected.argb, found.argb)
        }
        for (orientation in listOf(-1, 0, 9, Int.MAX_VALUE)) {
            assertTrue(stored === stored.upright(orientation))
        }
    }

    @Test
    fun `two images are mixed by their shares, halves rounded up`() {
        val one = Pixels(1, 2, byteArrayOf(0, -1, 100, 7, 1, 0))
        val other = Pixels(1, 2, byteArrayOf(-1, 0, -56, 8, 0, 1))
        val mixed = mapOf(
            128 to listOf(128, 128, 150, 8, 1, 1),
            1 to listOf(1, 254, 100, 7, 1, 0),
            255 to listOf(254, 1, 200, 8, 0, 1),
            64 to listOf(64, 191, 125, 7, 1, 0),
        )
        for ((share, expected) in mixed) {
            val found = blend(one, other, share).rgb.map { it.toInt() and 0xff }
            assertEquals(expected, found)
        }
    }

    @Test
    fun `an image model of whole numbers is refused`() {
        val pixels = Pixels(1, 1, ByteArray(3))
        for (dtype in listOf(Dtype.INT32, Dtype.INT64)) {
            val found = errorOf { imageTensor(pixels, input(1, 1), TensorSpec(dtype)) }
            assertEquals("EngineError", found)
        }
    }

    @Test
    fun `pixels become numbers for a bitmap`() {
        val found = Pixels(2, 1, byteArrayOf(1, 2, 3, -1, 0, -128)).toArgb()
        assertArrayEquals(intArrayOf(0xff010203.toInt(), 0xffff0080.toInt()), found)
    }

    @Test
    fun `levels are rounded as the contract says`() {
        val half = TensorSpec(Dtype.UINT8, scale = 1.0, zeroPoint = 3)
        val reals =
            floatArrayOf(0.5f, 0.49999997f, 1.5f, -0.5f, -3.6f, 1e9f, -1e9f, Float.MAX_VALUE)
        val found = quantized(reals, listOf(1, 8), half) as Tensor.UInt8
        assertEquals(listOf(4, 3, 5, 2, 0, 255, 0, 255), found.data.map { it.toInt() and 0xff })
        val odd = floatArrayOf(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)
        val ends = quantized(odd, listOf(1, 2), TensorSpec(Dtype.INT8)) as Tensor.Int8
        assertEquals(listOf<Byte>(127, -128), ends.data.toList())
    }
}
