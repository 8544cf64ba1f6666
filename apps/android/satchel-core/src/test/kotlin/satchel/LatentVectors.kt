package satchel

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import satchel.bundle.wholeNumber

/** `latents.json`. */
internal object LatentVectors {
    val checks: Map<String, Check> = mapOf(
        "cases" to ::cases,
        "longer" to ::longer,
        "tensors" to ::tensors,
        "refused" to ::refused,
    )

    private fun seed(case: Json) = Seed((case["seed"] as Json.Whole).value.longValueExact())

    private fun cases(case: Json) {
        val count = case["z"].items.size
        val numbers = splitMix64(seed(case), count).map { java.lang.Long.toUnsignedString(it) }
        val latent = drawLatent(seed(case), count)
        val bits = latent.map { it.toRawBits().toUInt().toString(16).padStart(8, '0') }
        assertEquals(case["z"].items.map { it.text }, numbers)
        assertEquals(case["bits"].items.map { it.text }, bits)
        assertEquals(case["latent"].numbers, latent.map { it.toDouble() })
    }

    private fun longer(case: Json) {
        val found = drawLatent(seed(case), case["length"].int)
        assertArrayEquals(npy(case["latent"].text).floats, found)
    }

    private fun tensors(case: Json) {
        val latent = drawLatent(seed(case), case["length"].int)
        val found = latentTensor(latent, tensorSpec(case["tensor"]))
        assertEquals(listOf(1, case["length"].int), found.shape)
        assertEquals(case["values"].numbers, numbersOf(found))
    }

    /** A seed is a [Long], so what is none as JSON is refused where JSON is read. */
    private fun refused(case: Json) {
        val number = case["seed"] as? Json.Whole
        if (number == null) {
            assertEquals(null, wholeNumber(case["seed"], 0..Seed.MOST))
        } else {
            assertEquals(case["error"].text, errorOf { Seed(number.value.longValueExact()) })
        }
    }
}
