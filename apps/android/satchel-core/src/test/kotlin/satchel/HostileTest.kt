package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/**
 * Every case of tests/hostile/catalogue.py that a loader must survive, by its number, and which
 * test here has it. The vectors of refusals.json and card_refusals.json are `RefusalVectors` and
 * `CardVectors`.
 */
internal class HostileTest {
    private val held: Map<Int, String> = mapOf(
        1 to "RefusalVectors", 2 to "RefusalVectors", 3 to "RefusalVectors", 4 to "RefusalVectors",
        5 to "BundleTest", 6 to "RefusalVectors", 7 to "RefusalVectors", 8 to "RefusalVectors",
        9 to "ContainerTest", 10 to "RefusalVectors", 11 to "ContainerTest",
        12 to "ContainerTest", 13 to "ContainerTest", 14 to "PlainJsonTest", 15 to "CardVectors",
        16 to "HostileTest", 17 to "TasksTest", 18 to "CardVectors", 19 to "CardVectors",
        20 to "CardVectors", 21 to "RefusalVectors", 22 to "ContainerTest", 23 to "CardVectors",
        24 to "RefusalVectors", 25 to "ContainerTest", 26 to "PolicyTest", 27 to "PolicyTest",
        28 to "ContainerTest", 36 to "TasksTest", 37 to "TasksTest", 49 to "ImagesTest",
        50 to "TextsTest", 51 to "TasksTest", 52 to "TasksTest",
    )

    private val left: Map<IntRange, String> = mapOf(
        29..29 to "an application installs: the core opens what it is given",
        30..35 to "what is inside a .tflite is for the engine that reads it",
        38..38 to "a process that aborts is the engine's; the core holds none",
        39..43 to "what is inside an .onnx is for the engine that reads it",
        44..48 to "files of training, which no device reads",
    )

    @Test
    fun `every case has a test or a reason`() {
        val catalogue = ROOT.resolve("tests/hostile/catalogue.py").readText()
        val numbers = Regex("^ {4}(\\d+): \"", RegexOption.MULTILINE)
            .findAll(catalogue.substringBefore("ELSEWHERE")).map { it.groupValues[1].toInt() }
        assertEquals((1..52).toList(), numbers.toList())
        assertEquals((1..52).toList(), (held.keys + left.keys.flatten()).sorted())
        for (name in held.values) {
            assertTrue(SOURCES.resolve("test/kotlin/satchel/$name.kt").isFile, name)
        }
    }

    @Test
    fun `names that mean something to a language change nothing`() {
        val files = unpacked(RefusalVectors.base("picture"))
        val card = satchel.bundle.loadJson(files.getValue("card.json"), 1 shl 20) as Json.Object
        val odd = mapOf(
            "__class__" to Json.Text("os.system"),
            "__proto__" to Json.Object(mapOf("name" to Json.Text("evil"))),
            "@type" to Json.Text("java.lang.Runtime"),
        )
        val bundle = Bundle.open(sealed(Json.Object(card.fields + odd), files - "card.json"))
        assertEquals("tiny", bundle.card.name)
    }
}
