package satchel.android

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.VECTORS

/** The orientation of encoded images, by the conformance pictures. */
internal class ExifOrientationTest {
    private val pictures = VECTORS.resolve("pictures").listFiles()!!
        .filterNot { it.name.endsWith(".npy") }

    @Test
    fun `each conformance picture has the orientation of its name`() {
        val named = Regex("orientation_([0-9])\\.(png|jpg|webp)")
        var count = 0
        for (file in pictures) {
            val expected = named.matchEntire(file.name)?.groupValues?.get(1)?.toInt()
            val found = exifOrientation(file.readBytes())
            // 9 is none, and counts as upright.
            val wanted = if (expected == null || expected == 9) 1 else expected
            assertEquals(wanted, found, file.name)
            if (expected != null) count++
        }
        assertEquals(18, count)
    }

    @Test
    fun `a file that is cut short or damaged anywhere is upright or as before`() {
        for (name in listOf("orientation_6.jpg", "orientation_8.webp", "orientation_6.png")) {
            val content = VECTORS.resolve("pictures/$name").readBytes()
            val expected = exifOrientation(content)
            for (length in content.indices) {
                val found = exifOrientation(content.copyOf(length))
                assertTrue(found == 1 || found == expected, "$name cut to $length: $found")
            }
            for (at in content.indices) {
                for (level in listOf(0, 127, 128, 255)) {
                    val damaged = content.copyOf().also { it[at] = level.toByte() }
                    assertTrue(exifOrientation(damaged) in 1..8, "$name at $at")
                }
            }
        }
    }
}
