package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Which bundles a policy opens: docs/guides/policy.md. */
internal class PolicyTest {
    private val signed = RefusalVectors.base("signed")
    private val unsigned = RefusalVectors.base("picture")
    private val lines = vectors("refusals")["keys"].items.map { it.text }
    private val ours = PublicKey.parse(lines[0])
    private val theirs = PublicKey.parse(lines[1])
    private val trusting = Policy(keys = listOf(TrustedKey(ours)))

    private fun opens(content: ByteArray, policy: Policy) = Bundle.open(content, policy).close()

    private fun refused(content: ByteArray, policy: Policy): String =
        assertThrows(TrustException::class.java) { Bundle.open(content, policy) }.message!!

    @Test
    fun `an empty policy opens nothing`() {
        val found = refused(signed, Policy())
        assertEquals("Expected a bundle signed by nobody, got one by $ours.", found)
        assertTrue("one without a signature" in refused(unsigned, Policy()))
    }

    @Test
    fun `a trusted key opens its bundle, and no other`() {
        opens(signed, trusting)
        refused(unsigned, trusting)
        refused(signed, Policy(keys = listOf(TrustedKey(theirs))))
        opens(signed, Policy(keys = listOf(TrustedKey(theirs), TrustedKey(ours))))
        val many = List(4) { TrustedKey(theirs) }
        assertTrue("or 2 others" in refused(signed, Policy(keys = many)))
    }

    @Test
    fun `unsigned bundles open where they are allowed, and so do those of other keys`() {
        opens(unsigned, Policy(allowUnsigned = true))
        opens(signed, Policy(allowUnsigned = true))
    }

    @Test
    fun `a revoked key is refused, whatever else allows it`() {
        val revoked = setOf(ours.fingerprint)
        val found = refused(signed, trusting.copy(revoked = revoked, allowUnsigned = true))
        assertTrue("not revoked" in found, found)
        opens(unsigned, Policy(revoked = revoked, allowUnsigned = true))
    }

    @Test
    fun `a key is trusted through its last day`() {
        val last = Day.parse("2030-12-31")
        val policy = Policy(keys = listOf(TrustedKey(ours, last)))
        for (today in listOf("1970-01-01", "2030-12-31")) policy.checkSigner(ours, Day.parse(today))
        val found = assertThrows(TrustException::class.java) {
            policy.checkSigner(ours, Day.parse("2031-01-01"))
        }
        assertTrue("this device's clock says 2031-01-01" in found.message!!, found.message)
        policy.copy(allowUnsigned = true).checkSigner(ours, Day.parse("2031-01-01"))
        refused(signed, Policy(keys = listOf(TrustedKey(ours, Day.parse("2020-01-01")))))
    }

    @Test
    fun `an older release than the oldest is refused, and other models are not`() {
        for (least in listOf("tiny@1.2.3", "tiny@1.2.2", "tiny@0.99.99", "other@9.0.0")) {
            opens(signed, trusting.copy(atLeast = listOf(Release.parse(least))))
        }
        for (least in listOf("tiny@1.2.4", "tiny@1.10.0", "tiny@2.0.0")) {
            val found = refused(signed, trusting.copy(atLeast = listOf(Release.parse(least))))
            assertTrue("or later, got tiny 1.2.3" in found, found)
        }
    }

    @Test
    fun `only listed models open where the policy says so`() {
        val policy = trusting.copy(onlyListed = true)
        assertTrue("(none), got tiny" in refused(signed, policy))
        opens(signed, policy.copy(atLeast = listOf(Release.parse("tiny@1.0.0"))))
        val other = listOf(Release.parse("other@1.0.0"))
        assertTrue("(other), got tiny" in refused(signed, policy.copy(atLeast = other)))
    }

    @Test
    fun `a signed card that was changed is refused`() {
        val entries = unpacked(signed)
        val changed = pack(entries + ("card.json" to "{}".toByteArray()))
        val found = assertThrows(BundleException::class.java) { Bundle.open(changed, trusting) }
        assertTrue("one of the two was changed" in found.message!!, found.message)
    }

    @Test
    fun `other forms of a release and of a day are refused`() {
        for (text in listOf("", "tiny", "tiny@1.2", "tiny@1.2.3.4", "@1.2.3", "t@a.b.c", "\n")) {
            assertEquals("InputError", errorOf { Release.parse(text) }, text)
        }
        for (text in listOf("", "2030-13-01", "2030-02-30", "30-1-1", "2030-12-31T00", "x\n")) {
            assertEquals("InputError", errorOf { Day.parse(text) }, text)
        }
        assertEquals("2028-02-29", Day.parse("2028-02-29").toString())
    }
}
