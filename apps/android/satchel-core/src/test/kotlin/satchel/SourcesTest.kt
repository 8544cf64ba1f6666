package satchel

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

private const val COLUMNS = 100
private const val LINES = 400

/** What a reader of the sources may rely on. */
internal class SourcesTest {
    private val files = SOURCES.walk().filter { it.extension == "kt" }.toList()

    @Test
    fun `no line is longer than 100 columns and no file than 400 lines`() {
        assertTrue(files.size > 50, "${files.size}")
        for (file in files) {
            val lines = file.readLines()
            assertTrue(lines.size <= LINES, "$file has ${lines.size} lines")
            assertEquals(emptyList<String>(), lines.filter { it.length > COLUMNS }, "$file")
        }
    }

    @Test
    fun `the core imports nothing but itself, Kotlin and the library that Android has`() {
        val allowed = listOf("satchel.", "kotlin.") +
            listOf("io", "math", "nio", "security", "text", "util").map { "java.$it." }
        val core = files.filter { it.startsWith(SOURCES.resolve("main")) }
        val imports = core.flatMap { it.readLines() }.filter { it.startsWith("import ") }
        val odd = imports.map { it.removePrefix("import ") }
            .filter { name -> allowed.none { name.startsWith(it) } }
        assertEquals(emptyList<String>(), odd)
    }
}
