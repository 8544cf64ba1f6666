package satchel

import kotlin.math.abs
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/** `scores.json`: real models, from the raw input to scores. */
internal class ScoresTest {
    private val file = vectors("scores")

    @TestFactory
    fun vectors(): List<DynamicTest> {
        val cases = file["cases"].items
        assertTrue(cases.isNotEmpty())
        return cases.mapIndexed { at, case ->
            val names = listOf("bundle", "model", "input").map { String(written(case[it])) }
            dynamicTest(names.joinToString(" ")) {
                check(case)
                passed("scores", "cases", at)
            }
        }
    }

    private fun check(case: Json) {
        val bundle = Bundle.open(GOLDEN.resolve(case["bundle"].text).readBytes())
        val input = inputOf(bundle, case["input"])
        val model = case["model"].text
        val found = predictionOf(ENGINES, bundle, model, input) as ModelPrediction.Labels
        val tolerance = file["tolerances"][case["scheme"].text]["tolerance"].number
        val expected = case["scores"].numbers
        assertEquals(expected.size, found.probabilities.size)
        for ((one, other) in expected.zip(found.probabilities.toList())) {
            assertTrue(abs(one - other) <= tolerance, "$one $other")
        }
    }

    private fun inputOf(bundle: Bundle, input: Json): Any = when {
        input.has("text") -> input["text"].text
        input.has("picture") -> ImageVectors.image(input["picture"].text)
        bundle.card.input is ImageInput -> PNG_DECODER.decode(bundle.read(input["entry"].text))
        else -> String(bundle.read(input["entry"].text))
    }
}
