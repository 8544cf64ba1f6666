package satchel

import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Path
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Integrity: docs/bundle.md, section 2. */
internal class BundleTest {
    @TempDir
    lateinit var folder: Path

    private val content = RefusalVectors.base("picture")

    private fun file(name: String): File =
        folder.resolve(name).toFile().apply { writeBytes(content) }

    @Test
    fun `the bundles of the repository are open and whole`() {
        val files = ROOT.resolve("zoo").listFiles { it -> it.extension == "satchel" }!!.toList() +
            listOf("digits", "reviews").map { GOLDEN.resolve("$it.satchel") }
        assertEquals(8, files.size)
        for (file in files) {
            Bundle.open(file, whole = true).use { bundle ->
                assertEquals(bundle.card.files.keys, bundle.names)
                assertTrue(goldenVectors(bundle).vectors.isNotEmpty())
            }
        }
    }

    @Test
    fun `a bundle that is replaced meanwhile is still the one that was opened`() {
        val place = file("swapped.satchel")
        Bundle.open(place).use { bundle ->
            place.delete()
            place.writeBytes(RefusalVectors.base("style"))
            bundle.checkFiles()
            assertArrayEquals(unpacked(content)["golden/0.png"], bundle.read("golden/0.png"))
        }
    }

    @Test
    fun `a bundle that is written over in place is refused at the next read`() {
        val place = file("over.satchel")
        Bundle.open(place).use { bundle ->
            place.writeBytes(ByteArray(content.size))
            for (name in bundle.names) {
                assertThrows(BundleException::class.java) { bundle.read(name) }
            }
            assertThrows(BundleException::class.java) { bundle.checkFiles() }
            place.writeBytes(ByteArray(10))
            assertThrows(BundleException::class.java) { bundle.checkFiles() }
        }
    }

    @Test
    fun `a changed model is found when it is used, and by a whole check`() {
        val model = String(unpacked(content).getValue("full_int8.onnx"), Charsets.ISO_8859_1)
        val at = String(content, Charsets.ISO_8859_1).indexOf(model)
        val flipped = content.copyOf().also { it[at] = (it[at].toInt() xor 1).toByte() }
        val place = folder.resolve("flipped").toFile().apply { writeBytes(flipped) }
        Bundle.open(place).use { bundle ->
            bundle.read("float32.tflite")
            assertEquals("BundleError", errorOf { bundle.read("full_int8.onnx") })
            assertEquals("BundleError", errorOf { bundle.checkFiles() })
        }
        assertEquals("BundleError", errorOf { Bundle.open(place, whole = true) })
        assertEquals("BundleError", errorOf { Bundle.open(flipped) })
    }

    @Test
    fun `a file that is not there, a folder and an empty file are refused`() {
        val empty = folder.resolve("empty").toFile().apply { writeBytes(ByteArray(0)) }
        for (place in listOf(folder.resolve("none").toFile(), folder.toFile(), empty)) {
            assertEquals("BundleError", errorOf { Bundle.open(place) }, "$place")
        }
    }

    @Test
    fun `a name that the card does not list is no file of the bundle`() {
        Bundle.open(content).use { bundle ->
            for (name in listOf("card.json", "evil", "../x", "\n".repeat(1000))) {
                assertEquals("BundleError", errorOf { bundle.read(name) })
            }
        }
    }

    @Test
    fun `a source that fails is closed and its reason said`() {
        val source = FakeSource(1000) { _, _ -> throw IOException("the\nlink is gone") }
        val found = assertThrows(BundleException::class.java) { Bundle.open(source) }
        assertEquals(
            "Expected a bundle that can be read, got \"the\\u000alink is gone\".",
            found.message,
        )
        assertTrue(source.isClosed)
    }

    @Test
    fun `a closed file is refused in one line`() {
        val bundle = Bundle.open(file("closed.satchel"))
        bundle.close()
        bundle.close()
        assertEquals("BundleError", errorOf { bundle.checkFiles() })
    }

    @Test
    fun `a file beyond the memory is refused and says so`() {
        // One entry of almost a gibibyte, more than the tests may have.
        val name = "large.bin"
        val size = (1 shl 30) - 4096
        val small = unpacked(content)
        val card = String(small.getValue("card.json")).replace(
            "\"files\": {",
            "\"files\": {\"$name\": \"sha256:${"0".repeat(64)}\", ",
        )
        val entries = listOf("card.json" to card.toByteArray()) +
            (small - "card.json" + (name to ByteArray(0))).toSortedMap().toList()
        val source = grown(pack(entries), name, size)
        val bundle = Bundle.open(source)
        val found = assertThrows(BundleException::class.java) { bundle.read(name) }
        assertTrue(found.message!!.startsWith("Expected memory for the $size bytes"), found.message)
    }

    /** Returns [archive] with [size] zeros in the place of an empty entry, which are not stored. */
    private fun grown(archive: ByteArray, name: String, size: Int): BundleSource {
        val text = String(archive, Charsets.ISO_8859_1)
        val header = text.indexOf(name, text.lastIndexOf("PK\u0003\u0004")) - 30
        val fields = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN)
        val begin = header + 30 + fields.getShort(header + 26) + fields.getShort(header + 28)
        require(text.indexOf("PK\u0003\u0004", begin) < 0) { "the entry must be the last one" }
        fields.putInt(header + 18, size).putInt(header + 22, size)
        val central = text.indexOf(name, begin) - 46
        fields.putInt(central + 20, size).putInt(central + 24, size)
        fields.putInt(archive.size - 6, fields.getInt(archive.size - 6) + size)
        return FakeSource(archive.size.toLong() + size) { position, into ->
            for (at in into.indices) {
                val from = position + at
                into[at] = when {
                    from < begin -> archive[from.toInt()]
                    from < begin.toLong() + size -> 0
                    else -> archive[(from - size).toInt()]
                }
            }
        }
    }

    private class FakeSource(
        override val size: Long,
        private val fill: (position: Long, into: ByteArray) -> Unit,
    ) : BundleSource {
        var isClosed = false

        override fun read(position: Long, into: ByteArray, offset: Int, length: Int): Int {
            val count = minOf(length.toLong(), maxOf(0, size - position)).toInt()
            val piece = ByteArray(count)
            fill(position, piece)
            piece.copyInto(into, offset)
            return count
        }

        override fun close() {
            isClosed = true
        }
    }
}
