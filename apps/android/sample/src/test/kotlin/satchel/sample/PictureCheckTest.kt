package satchel.sample

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.DecodedImage
import satchel.InputException
import satchel.bytes
import satchel.decodedImage
import satchel.get
import satchel.int
import satchel.items
import satchel.text
import satchel.vectors

/** The comparison of the self-check screen, on the conformance pictures. */
internal class PictureCheckTest {
    private val cases = vectors("pictures")["pictures"].items

    private fun changed(image: DecodedImage, at: Int, argb: (Int) -> Int) =
        DecodedImage(image.width, image.height, image.argb.copyOf().also { it[at] = argb(it[at]) })

    @Test
    fun `every picture as it should be passes, with no level lost`() {
        assertTrue(cases.size > 40)
        for (case in cases) {
            val path = case["upright"].text
            val found = checkPicture(bytes(path), case["levels"].int) { decodedImage(path) }
            assertEquals(PictureResult.Passed(0), found, path)
        }
    }

    @Test
    fun `a channel beyond its levels is told`() {
        val path = "pictures/smooth.png.upright.npy"
        val image = decodedImage(path)
        for (shift in listOf(0, 8, 16, 24)) {
            val other = changed(image, 5) { it xor (4 shl shift) }
            val why = "1 of ${image.argb.size} pixels by up to 4 levels, 3 allowed"
            assertEquals(
                PictureResult.Differs(4, why),
                checkPicture(bytes(path), 3) { other },
            )
            assertEquals(PictureResult.Passed(4), checkPicture(bytes(path), 4) { other })
        }
    }

    @Test
    fun `the colour of a transparent pixel does not count, its alpha does`() {
        val path = "pictures/alpha.png.upright.npy"
        val image = decodedImage(path)
        val at = image.argb.indexOfFirst { it ushr 24 == 0 }
        val other = changed(image, at) { it xor 0x00ffffff }
        assertEquals(PictureResult.Passed(0), checkPicture(bytes(path), 0) { other })
        val seen = changed(image, at) { it or (9 shl 24) }
        assertTrue(checkPicture(bytes(path), 8) { seen } is PictureResult.Differs)
    }

    @Test
    fun `other sides and refusals are told in a line`() {
        val path = "pictures/odd.png.upright.npy"
        val image = decodedImage(path)
        val lying = DecodedImage(image.height, image.width, image.argb)
        val why = "${image.width} x ${image.height} expected, ${image.height} x ${image.width} found"
        assertEquals(PictureResult.Differs(null, why), checkPicture(bytes(path), 0) { lying })
        assertEquals(
            PictureResult.Refused("Expected an image, got none."),
            checkPicture(bytes(path), 0) { throw InputException("an image", "none") },
        )
    }
}
