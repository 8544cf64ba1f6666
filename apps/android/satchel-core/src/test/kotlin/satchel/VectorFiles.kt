package satchel

import java.io.File
import java.math.BigInteger
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.Base64
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import satchel.bundle.numberOf
import satchel.bundle.parseJson

/** Checks one case of the vectors. */
internal typealias Check = (case: Json) -> Unit

/** The folder of the repository that the tests read. */
internal val ROOT = File(System.getProperty("satchel.root") ?: error("Expected -Dsatchel.root."))
internal val SOURCES = ROOT.resolve("apps/android/satchel-core/src")
internal val GOLDEN = ROOT.resolve("tests/golden")
internal val VECTORS = GOLDEN.resolve("conformance")

/** Returns the fields of a file of the conformance vectors. */
internal fun vectors(name: String): Json.Object =
    parseJson(VECTORS.resolve("$name.json").readText()) as Json.Object

/** Writes that a case passed to the file of `-Dsatchel.passed`, for `make conformance-table`. */
internal fun passed(file: String, list: String, at: Int) {
    System.getProperty("satchel.passed")?.let { File(it).appendText("$file $list $at\n") }
}

/** Returns the content of a file of the conformance vectors. */
internal fun bytes(path: String): ByteArray = VECTORS.resolve(path).readBytes()

internal operator fun Json.get(name: String): Json = (this as Json.Object).fields.getValue(name)

internal fun Json.has(name: String): Boolean = name in (this as Json.Object).fields

internal val Json.items: List<Json> get() = (this as Json.Array).items
internal val Json.text: String get() = (this as Json.Text).value
internal val Json.flag: Boolean get() = (this as Json.Flag).value
internal val Json.number: Double get() = numberOf(this)!!
internal val Json.int: Int get() = (this as Json.Whole).value.intValueExact()
internal val Json.numbers: List<Double> get() = items.map { it.number }
internal val Json.ints: List<Int> get() = items.map { it.int }
internal val Json.base64: ByteArray get() = Base64.getDecoder().decode(text)

/** Returns the text, or null for null. */
internal val Json.textOrNull: String? get() = if (this == Json.Null) null else text

/** An array of a `.npy` file. */
internal class Npy(val shape: List<Int>, val dtype: String, val content: ByteArray) {
    val floats: FloatArray
        get() = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
            .let { FloatArray(it.remaining()).also(it::get) }
}

private val NPY = Regex(
    "\\{'descr': '([^']+)', 'fortran_order': False, 'shape': \\(([^)]*)\\).*",
    RegexOption.DOT_MATCHES_ALL,
)

/** Returns the array in a file of version 1.0 in C order. */
internal fun npy(path: String): Npy {
    val file = bytes(path)
    check(String(file, 0, 8, Charsets.ISO_8859_1) == "\u0093NUMPY\u0001\u0000") { path }
    val length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getShort(8).toInt()
    val header = String(file, 10, length, Charsets.ISO_8859_1)
    val (dtype, shape) = NPY.matchEntire(header)!!.destructured
    val sides = shape.split(',').filter { it.isNotBlank() }.map { it.trim().toInt() }
    return Npy(sides, dtype, file.copyOfRange(10 + length, file.size))
}

/** Returns a decoded image, uint8 (height, width, 4), as a platform hands it over. */
internal fun decodedImage(path: String): DecodedImage {
    val array = npy(path)
    val (height, width) = array.shape
    val argb = IntArray(height * width) { at ->
        val (red, green, blue, alpha) = List(4) { array.content[4 * at + it].toInt() and 0xff }
        (alpha shl 24) or (red shl 16) or (green shl 8) or blue
    }
    return DecodedImage(width, height, argb)
}

/** Returns the name that the vectors give to what [act] throws; null if it throws nothing. */
internal fun errorOf(act: () -> Unit): String? {
    try {
        act()
    } catch (error: SatchelException) {
        val message = error.message!!
        assertFalse(message.any { it < ' ' || it in "\u2028\u2029\u0085" }, message)
        assertTrue(message.startsWith("Expected ") && message.endsWith("."), message)
        assertTrue(message.length <= 1000, message)
        return error.javaClass.simpleName.replace("Exception", "Error")
    }
    return null
}

/** Returns a file after the edits of a case. */
internal fun edited(base: ByteArray, edits: Json): ByteArray {
    var content = base
    for (edit in edits.items.asReversed()) {
        val (at, drop, insert) = edit.items
        val end = at.int + drop.int
        content = content.copyOf(at.int) + insert.base64 + content.copyOfRange(end, content.size)
    }
    return content
}

/** Returns JSON in ASCII. Whole numbers stay whole. */
internal fun written(value: Json): ByteArray = StringBuilder().apply { write(value) }
    .toString().toByteArray(Charsets.US_ASCII)

private fun StringBuilder.write(value: Json) {
    when (value) {
        is Json.Object -> value.fields.entries.forEachIndexed { at, (name, inner) ->
            append(if (at == 0) '{' else ',')
            write(Json.Text(name))
            append(':')
            write(inner)
        }.also { append(if (value.fields.isEmpty()) "{}" else "}") }
        is Json.Array -> value.items.forEachIndexed { at, inner ->
            append(if (at == 0) '[' else ',')
            write(inner)
        }.also { append(if (value.items.isEmpty()) "[]" else "]") }
        is Json.Text -> {
            append('"')
            for (each in value.value) {
                if (each in ' '..'~' && each != '"' && each != '\\') append(each)
                else append("\\u").append(each.code.toString(16).padStart(4, '0'))
            }
            append('"')
        }
        is Json.Whole -> append(value.value)
        is Json.Real -> append(value.value)
        is Json.Flag -> append(value.value)
        Json.Null -> append("null")
    }
}

internal fun whole(value: Long): Json = Json.Whole(BigInteger.valueOf(value))
