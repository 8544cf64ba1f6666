package satchel.onnx

import java.io.ByteArrayOutputStream

/*
 * ONNX models that return their inputs, written as protocol buffers. They take three numbers.
 */

/** The numbers that ONNX gives the types of numbers. */
internal object OnnxType {
    const val FLOAT = 1
    const val UINT8 = 2
    const val INT8 = 3
    const val INT32 = 6
    const val INT64 = 7
    const val DOUBLE = 11
}

/** Returns a model with [count] inputs of a type, and an output for each of them. */
internal fun identityModel(type: Int, count: Int = 1): ByteArray = message {
    number(1, 8)
    inside(8) { number(2, 13) }
    inside(7) {
        for (at in 0..<count) {
            inside(1) {
                text(1, "in$at")
                text(2, "out$at")
                text(4, "Identity")
            }
        }
        text(2, "identity")
        for (at in 0..<count) inside(11) { threeNumbers("in$at", type) }
        for (at in 0..<count) inside(12) { threeNumbers("out$at", type) }
    }
}

private fun ByteArrayOutputStream.threeNumbers(name: String, type: Int) {
    text(1, name)
    inside(2) {
        inside(1) {
            number(1, type)
            inside(2) {
                inside(1) { number(1, 1) }
                inside(1) { number(1, 3) }
            }
        }
    }
}

private fun message(content: ByteArrayOutputStream.() -> Unit): ByteArray =
    ByteArrayOutputStream().apply(content).toByteArray()

private fun ByteArrayOutputStream.number(field: Int, value: Int) {
    write(field shl 3)
    write(value)
}

private fun ByteArrayOutputStream.text(field: Int, value: String) =
    bytes(field, value.toByteArray())

private fun ByteArrayOutputStream.inside(field: Int, content: ByteArrayOutputStream.() -> Unit) =
    bytes(field, message(content))

private fun ByteArrayOutputStream.bytes(field: Int, value: ByteArray) {
    write((field shl 3) or 2)
    // A number of seven bits in each byte, the lowest first.
    write((value.size and 0x7f) or 0x80)
    write(value.size shr 7)
    write(value)
}
