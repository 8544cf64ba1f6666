package satchel

import java.util.Random
import java.util.TreeMap
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/**
 * Opens damaged bundles, and uses all of them that needs no engine. Every case must end in an
 * answer or in an exception of the tree, in one line. `-Dsatchel.fuzz=100000` runs more cases.
 */
internal class FuzzTest {
    private val count = Integer.getInteger("satchel.fuzz", 3000)
    private val bundles = RefusalVectors.names.map { unpacked(RefusalVectors.base(it)) }

    @Test
    fun `damaged bundles throw nothing but the exceptions of the tree`() {
        val outcomes = TreeMap<String, Int>()
        for (number in 0..<count) {
            val content = damagedBundle(bundles, Random(SEED + number))
            val outcome = try {
                errorOf { use(content) } ?: "answered"
            } catch (error: Throwable) {
                throw AssertionError("case $number of the seed $SEED", error)
            }
            outcomes.merge(outcome, 1, Int::plus)
        }
        println("$count damaged bundles: $outcomes")
        assertTrue(outcomes.keys.containsAll(listOf("answered", "BundleError", "CardError")))
    }

    private fun use(content: ByteArray) {
        Bundle.open(content).use { bundle ->
            val preprocessing = openPreprocessing(bundle)
            for (vector in goldenVectors(bundle).vectors) {
                val prepared = prepared(vector.input, preprocessing)
                for (model in bundle.card.models) modelTensors(prepared, bundle.card, model.input)
            }
        }
    }

    private fun prepared(input: GoldenInput, preprocessing: Preprocessing): Prepared =
        when (input) {
            is GoldenInput.Image -> (preprocessing as Preprocessing.Images).prepare(IMAGE)
            is GoldenInput.Text -> (preprocessing as Preprocessing.Texts).prepare(input.text)
            is GoldenInput.Latent -> (preprocessing as Preprocessing.Latents).prepare(input.seed)
        }

    private companion object {
        const val SEED = 20261130L
        val IMAGE = DecodedImage(3, 2, IntArray(6) { 0x10203040 * it })
    }
}
