package satchel

import java.util.Random
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.bundle.CARD_NAME
import satchel.bundle.Container

/** The container: docs/bundle.md, section 1. */
internal class ContainerTest {
    private val image = RefusalVectors.base("picture")
    private val nothing = ByteArray(0)

    private fun refused(content: ByteArray): BundleException =
        assertThrows(BundleException::class.java) { Bundle.open(content) }

    private fun open(content: ByteArray) = Container.open(MemorySource(content))

    @Test
    fun `a bit that flips anywhere is found`() {
        val content = image.copyOf()
        for (bit in 0..<8 * content.size) {
            val flip = 1 shl (bit and 7)
            content[bit shr 3] = (content[bit shr 3].toInt() xor flip).toByte()
            refused(content)
            content[bit shr 3] = (content[bit shr 3].toInt() xor flip).toByte()
        }
        Bundle.open(content).close()
    }

    @Test
    fun `a bundle that is cut short anywhere or goes on is refused`() {
        for (length in image.indices) refused(image.copyOf(length))
        refused(image + image)
        refused(image + byteArrayOf(0))
        refused("#!/bin/sh\n".toByteArray() + image)
    }

    @Test
    fun `what a packer by the specification writes is read again`() {
        val entries = unpacked(image)
        assertArrayEquals(image, pack(entries))
        for ((name, content) in unpacked(pack(entries))) {
            assertArrayEquals(entries.getValue(name), content)
        }
    }

    @Test
    fun `as many entries as a bundle may have are read, and not one more`() {
        val names = (0..<1000).map { "a%05d".format(it) }
        assertEquals(names.toSet(), open(pack(names.map { it to nothing })).names)
        val more = assertThrows(BundleException::class.java) {
            open(pack((names + "b").map { it to nothing }))
        }
        assertEquals("Expected at most 1000 entries in a bundle, got more.", more.message)
    }

    @Test
    fun `a name of 100 characters is read, and none of 101`() {
        assertEquals(1, open(pack(listOf("a".repeat(100) to nothing))).names.size)
        val names = listOf("", "../a", "/a", "a\\b", "A", "a//b", "caf\u00e9", "a\n")
        for (name in names + "a".repeat(101)) {
            val content = pack(listOf(name to nothing))
            val found = assertThrows(BundleException::class.java) { open(content) }
            assertTrue(found.message!!.startsWith("Expected a name of a-z"), found.message)
        }
    }

    @Test
    fun `entries out of order are refused, and one in front of the card`() {
        for (names in listOf("b a", "a a", "a card.json", "card.json card.json")) {
            val content = pack(names.split(' ').map { it to nothing })
            val found = assertThrows(BundleException::class.java) { open(content) }
            assertTrue("out of place" in found.message!!, found.message)
        }
    }

    @Test
    fun `a file above the limit is refused before it is read`() {
        val source = object : BundleSource {
            override val size = (1L shl 30) + 1

            override fun read(position: Long, into: ByteArray, offset: Int, length: Int): Int =
                error("nothing is read")

            override fun close() = Unit
        }
        assertEquals("BundleError", errorOf { Bundle.open(source) })
    }

    @Test
    fun `other entries with a card of their own are refused unless it lists them`() {
        val entries = unpacked(image)
        val more = pack((entries + ("evil.so" to nothing)).toSorted())
        assertTrue("evil.so" in refused(more).message!!)
        for (name in entries.keys) {
            assertTrue(name in refused(pack(entries - name)).message!!, name)
        }
    }

    @Test
    fun `a file of another bundle is refused, and its card`() {
        val entries = unpacked(image)
        val others = unpacked(RefusalVectors.base("style"))
        for (name in entries.keys.intersect(others.keys)) {
            if (entries[name].contentEquals(others[name])) continue
            refused(pack(entries + (name to others.getValue(name))))
        }
    }

    @Test
    fun `damage by chance throws nothing but the exceptions of a bundle`() {
        val chance = Random(20261130)
        val names = RefusalVectors.names.toList()
        repeat(5000) {
            val from = RefusalVectors.base(names[chance.nextInt(names.size)])
            val at = chance.nextInt(from.size + 1)
            val end = minOf(from.size, at + chance.nextInt(80))
            val insert = ByteArray(chance.nextInt(80)).also(chance::nextBytes)
            val content = from.copyOf(at) + insert + from.copyOfRange(end, from.size)
            val found = errorOf { Bundle.open(content) }
            if (!content.contentEquals(from)) assertTrue(found in BUNDLE_ERRORS, "$found")
        }
    }

    @Test
    fun `any bytes in the place of the card are refused`() {
        val chance = Random(7)
        repeat(300) {
            val card = ByteArray(chance.nextInt(200)).also(chance::nextBytes)
            refused(pack(listOf(CARD_NAME to card)))
        }
    }

    private fun Map<String, ByteArray>.toSorted() =
        toList().sortedBy { (name, _) -> if (name == CARD_NAME) "" else name }

    private companion object {
        val BUNDLE_ERRORS = setOf("BundleError", "CardError", "TrustError")
    }
}
