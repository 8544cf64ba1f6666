package satchel

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import satchel.images.blend
import satchel.images.flatten
import satchel.images.imageTensor
import satchel.images.readPixels

/** `pictures.json` from decoded pixels on. */
internal object ImageVectors {
    val checks: Map<String, Check> =
        mapOf("resized" to ::resized, "blended" to ::blended, "tensors" to ::tensors)

    private val upright: Map<String, String> by lazy {
        vectors("pictures")["pictures"].items.associate { it["name"].text to it["upright"].text }
    }

    fun image(name: String): DecodedImage = decodedImage(upright.getValue(name))

    private fun resized(case: Json) {
        val image = image(case["picture"].text)
        val input = imageInput(case["input"])
        if (case.has("flattened")) {
            assertPixels(case["flattened"].text, flatten(image, input.background))
        }
        assertPixels(case["pixels"].text, readPixels(image, input))
    }

    private fun blended(case: Json) {
        val input = imageInput(case["input"])
        val (one, other) = listOf("picture", "other").map { image(case[it].text) }
        val found = blend(readPixels(one, input), readPixels(other, input), case["share"].int)
        assertPixels(case["pixels"].text, found)
    }

    private fun tensors(case: Json) {
        val stored = npy(case["pixels"].text)
        val (height, width) = stored.shape
        val pixels = Pixels(width, height, stored.content)
        val found = imageTensor(pixels, imageInput(case["input"]), tensorSpec(case["tensor"]))
        val expected = npy(case["values"].text)
        assertEquals(case["tensor"]["dtype"].text, found.dtype.nameInCard)
        assertEquals(expected.shape, found.shape)
        when (found) {
            is Tensor.Float32 -> assertArrayEquals(expected.floats, found.data)
            is Tensor.UInt8 -> assertArrayEquals(expected.content, found.data)
            is Tensor.Int8 -> assertArrayEquals(expected.content, found.data)
            else -> error("no image model has ${found.dtype}")
        }
    }

    private fun assertPixels(path: String, found: Pixels) {
        val expected = npy(path)
        assertEquals(expected.shape, listOf(found.height, found.width, 3))
        assertArrayEquals(expected.content, found.rgb)
    }
}
