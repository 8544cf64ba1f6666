package satchel

import kotlin.math.abs
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import satchel.bundle.shapeOf

/** `answers.json`. */
internal object PredictionVectors {
    val checks: Map<String, Check> = mapOf(
        "labels" to ::labels,
        "pictures" to ::pictures,
        "refused" to ::refused,
        "top" to ::top,
        "best" to ::best,
        "differences" to ::differences,
    )

    private fun predict(case: Json, dtype: Dtype, shape: List<Int>): ModelPrediction {
        val entry = modelEntry(FLOAT32, tensorSpec(case["tensor"]))
        val raw = tensor(dtype, shape, case["values"].numbers)
        return Postprocessing(entry, output(case["output"])).predict(raw)
    }

    private fun predict(case: Json): ModelPrediction =
        predict(case, dtype(case["tensor"]["dtype"]), shapeOf(output(case["output"])))

    private fun labels(case: Json) {
        val found = (predict(case) as ModelPrediction.Labels).probabilities
        val expected = case["probabilities"].numbers
        assertEquals(expected.size, found.size)
        for ((one, other) in expected.zip(found.toList())) {
            assertTrue(abs(one - other) <= case["tolerance"].number, "$one $other")
        }
    }

    private fun pictures(case: Json) {
        val found = (predict(case) as ModelPrediction.Image).pixels
        val expected = case["pixels"].ints.map { it.toByte() }.toByteArray()
        assertEquals(listOf(1, 2), listOf(found.height, found.width))
        assertArrayEquals(expected, found.rgb)
    }

    private fun refused(case: Json) {
        val found = errorOf { predict(case, dtype(case["dtype"]), case["shape"].ints) }
        assertEquals(case["error"].text, found)
    }

    private fun k(case: Json): Int? = if (case["k"] == Json.Null) null else case["k"].int

    private fun scores(values: Json) = values.numbers.map { it.toFloat() }.toFloatArray()

    private fun top(case: Json) {
        val labels = case["labels"].items.map { it.text }
        val scores = scores(case["scores"])
        val found = bestPlaces(scores, k(case)).map { labels[it] to scores[it].toDouble() }
        val expected = case["top"].items.map { (label, score) -> label.text to score.number }
        assertEquals(expected, found)
    }

    private operator fun Json.component1() = items[0]

    private operator fun Json.component2() = items[1]

    private fun best(case: Json) {
        val output = labelOutput(case["output"])
        val found = bestLabels(scores(case["scores"]), output, k(case))
        val expected = case["best"].items.map {
            Prediction(
                label = it["label"].text,
                score = it["score"].number.toFloat(),
                id = it["id"].textOrNull,
                chosen = if (it["chosen"] == Json.Null) null else it["chosen"].flag,
            )
        }
        assertEquals(expected, found)
    }

    private fun differences(case: Json) {
        val (expected, found) = listOf("expected", "found").map { name ->
            if (case["kind"].text == "labels") {
                ModelPrediction.Labels(scores(case[name]))
            } else {
                val rgb = case[name].ints.map { it.toByte() }.toByteArray()
                ModelPrediction.Image(Pixels(2, 1, rgb))
            }
        }
        val apart = difference(expected, found)
        // The root of a mean, computed in double precision.
        assertEquals(case["difference"].number, apart, 1e-12 * case["difference"].number)
    }
}
