package satchel

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicContainer
import org.junit.jupiter.api.DynamicContainer.dynamicContainer
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Holds the core to every list of every file of the conformance vectors: docs/conformance.md. */
internal class ConformanceTest {
    private val checks: Map<String, Map<String, Check>> = mapOf(
        "pictures" to ImageVectors.checks,
        "texts" to TextVectors.checks,
        "tokenizers" to TokenizerVectors.checks,
        "latents" to LatentVectors.checks,
        "answers" to PredictionVectors.checks,
        "card_refusals" to CardVectors.checks,
        "refusals" to RefusalVectors.checks,
    )

    /** Lists that are no cases: what several cases share. */
    private val shared = mapOf(
        "texts" to setOf("vocabulary", "texts", "length"),
        "tokenizers" to setOf("files", "texts"),
        "refusals" to setOf("keys"),
        "scores" to setOf("tolerances"),
    )

    /** Cases of the stage in front of the core's: the platform decodes. */
    private val decoding = mapOf("pictures" to setOf("pictures", "budgets"))

    /** Cases that need an engine, and the test that has them. */
    private val withEngines = mapOf("scores" to mapOf("cases" to "ScoresTest"))

    private val files: List<String> =
        VECTORS.listFiles { file: File -> file.extension == "json" }!!
            .map { it.nameWithoutExtension }
            .sorted()

    @Test
    fun `no list of any file is left out`() {
        assertEquals((checks.keys + withEngines.keys).sorted(), files)
        for (file in files) {
            val known = listOfNotNull(
                checks[file]?.keys, shared[file], decoding[file], withEngines[file]?.keys,
            ).flatten()
            assertEquals(known.sorted(), vectors(file).fields.keys.sorted(), file)
        }
    }

    @Test
    fun `the tests with engines are there`() {
        for (name in withEngines.values.flatMap { it.values }) {
            val place = SOURCES.resolve("engineTest/kotlin/satchel/$name.kt")
            assertTrue(place.isFile, "$place")
        }
    }

    @TestFactory
    fun vectors(): List<DynamicContainer> = checks.flatMap { (file, lists) ->
        lists.map { (list, check) ->
            val cases = vectors(file)[list].items
            assertTrue(cases.isNotEmpty(), "$file $list")
            dynamicContainer("$file, $list", cases.mapIndexed { at, case ->
                dynamicTest("$at ${nameOf(case)}") {
                    check(case)
                    passed(file, list, at)
                }
            })
        }
    }

    private fun nameOf(case: Json): String =
        listOf("name", "what", "at", "delimiter", "seed").firstOrNull { case.has(it) }
            ?.let { String(written(case[it])) }.orEmpty()
}
