package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import satchel.bundle.CARD_NAME
import satchel.bundle.Container
import satchel.bundle.parseCard
import satchel.texts.parseTokensWithIds

/** `refusals.json`: bundles, cards, signatures, golden vectors and vocabularies. */
internal object RefusalVectors {
    val checks: Map<String, Check> = mapOf(
        "bases" to ::bases,
        "bundles" to ::bundles,
        "cards" to ::cards,
        "golden" to ::golden,
        "vocabularies" to ::vocabularies,
        "signatures" to ::signatures,
    )

    private val contents: Map<String, ByteArray> by lazy {
        vectors("refusals")["bases"].items.associate { it["name"].text to bytes(it["file"].text) }
    }

    /** Returns a valid bundle by its name. */
    fun base(name: String): ByteArray = contents.getValue(name)

    /** The names of the valid bundles. */
    val names: Set<String> get() = contents.keys

    private fun bases(case: Json) {
        Bundle.open(bytes(case["file"].text)).use { bundle ->
            assertEquals(comparable(case["card"]), comparable(bundle.card))
            assertEquals(case["digest"].text, bundle.cardDigest.text)
            assertEquals(case["signer"].textOrNull, bundle.signer?.fingerprint?.text)
            assertEquals(1, goldenVectors(bundle).vectors.size)
        }
    }

    private fun bundles(case: Json) {
        val content = edited(base(case["base"].text), case["edits"])
        assertEquals(case["error"].textOrNull, errorOf { Bundle.open(content) })
    }

    private fun cards(case: Json) {
        val card = Container.open(MemorySource(base(case["base"].text))).read(CARD_NAME)
        val content = edited(card, case["edits"])
        assertEquals(case["error"].textOrNull, errorOf { parseCard(content) })
    }

    private fun golden(case: Json) {
        Bundle.open(base(case["base"].text)).use { bundle ->
            val content = case["content"].text.toByteArray()
            val found = errorOf { parseGoldenVectors(bundle, content) }
            assertEquals(case["error"].textOrNull, found)
        }
    }

    private fun vocabularies(case: Json) {
        val found = errorOf { parseTokensWithIds(case["content"].base64) }
        assertEquals(case["error"].textOrNull, found)
    }

    private fun signatures(case: Json) {
        val content = edited(base(case["base"].text), case["edits"])
        val keys = case["trusted"].items.map { TrustedKey(PublicKey.parse(it.text)) }
        val policy = if (keys.isEmpty()) null else Policy(keys)
        assertEquals(case["error"].textOrNull, errorOf { Bundle.open(content, policy) })
    }
}
