package satchel

import java.security.KeyPairGenerator
import java.security.Signature
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.signatures.Point
import satchel.signatures.verifyEd25519

/** Signatures and keys: docs/bundle.md, section 2. */
internal class SignatureTest {
    private val keys = vectors("refusals")["keys"].items.map { it.text }

    private fun hex(text: String): ByteArray =
        text.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

    @Test
    fun `the tests of RFC 8032 pass`() {
        // Section 7.1: the public key, the message and the signature of tests 1, 2 and 3.
        val tests = listOf(
            Triple(
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac" +
                    "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            Triple(
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e" +
                    "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            Triple(
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290" +
                    "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        )
        for ((key, message, signature) in tests) {
            assertTrue(verifyEd25519(hex(signature), hex(message), hex(key)))
            assertFalse(verifyEd25519(hex(signature), hex(message + "00"), hex(key)))
        }
    }

    @Test
    fun `the platform's signatures are accepted, and none with a bit flipped`() {
        val generator = KeyPairGenerator.getInstance("Ed25519")
        repeat(8) { round ->
            val pair = generator.generateKeyPair()
            val key = pair.public.encoded.takeLast(32).toByteArray()
            val message = ByteArray(round) { it.toByte() }
            val signature = Signature.getInstance("Ed25519").run {
                initSign(pair.private)
                update(message)
                sign()
            }
            assertTrue(verifyEd25519(signature, message, key))
            for (bit in round..<512 step 37) {
                val flip = (1 shl (bit and 7)).toByte()
                val flipped = signature.copyOf()
                flipped[bit shr 3] = (flipped[bit shr 3].toInt() xor flip.toInt()).toByte()
                assertFalse(verifyEd25519(flipped, message, key), "bit $bit")
            }
        }
    }

    @Test
    fun `signatures and keys of another length are refused`() {
        val key = PublicKey.parse(keys[0]).point
        for (length in listOf(0, 32, 63, 65)) {
            assertFalse(verifyEd25519(ByteArray(length), ByteArray(0), key))
        }
        for (length in listOf(0, 31, 33)) {
            assertFalse(verifyEd25519(ByteArray(64), ByteArray(0), ByteArray(length)))
        }
        assertFalse(Point.BASE.isOfSmallOrder)
        assertTrue(Point.IDENTITY.isOfSmallOrder)
    }

    @Test
    fun `a key is read with a comment behind it and white space around it`() {
        val key = PublicKey.parse(keys[0])
        assertEquals(key, PublicKey.parse("  ${keys[0]} who signs\n"))
        assertEquals(key.hashCode(), PublicKey.parse(keys[0]).hashCode())
        assertNotEquals(key, PublicKey.parse(keys[1]))
        assertTrue(Regex("SHA256:[A-Za-z0-9+/]{43}").matches(key.toString()))
        assertEquals(vectors("refusals")["bases"].items.last()["signer"].text, key.toString())
    }

    @Test
    fun `another line is no key`() {
        val lines = listOf(
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            "ssh-ed25519 !",
            "ssh-ed25519 \u00e9\n",
            keys[0].replace("ssh-ed25519", "ssh-rsa"),
            keys[0].dropLast(2),
            keys[0] + "AAAA",
            // A key of small order, because y is 0.
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A".repeat(43),
            "x".repeat(100_000),
        )
        for (line in lines) assertEquals("InputError", errorOf { PublicKey.parse(line) }, line)
    }

    @Test
    fun `a key cannot be changed from outside`() {
        val key = PublicKey.parse(keys[0])
        key.point.fill(0)
        assertEquals(PublicKey.parse(keys[0]), key)
    }
}
