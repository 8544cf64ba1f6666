package satchel.images

import kotlin.math.abs
import kotlin.math.ceil

/*
 * The resize of docs/bundle.md, section 4: Pillow's antialiased bilinear filter in integers, in two
 * passes, with the same bits.
 */

private const val PRECISION_BITS = 22
private const val HALF = 1 shl (PRECISION_BITS - 1)

/** The weights of a pass from `n` to `m` values, as integers of 22 bits. */
internal class Weights(
    /** The first old value for each new value. */
    val first: IntArray,
    /** The number of old values for each new value. */
    val count: IntArray,
    /** The weights of the old values, in [stride] places for each new value. */
    val weights: IntArray,
    val stride: Int,
)

/** Returns the weights of a pass from [n] to [m] values. */
internal fun weightsOf(n: Int, m: Int): Weights {
    val scale = n.toDouble() / m
    val support = maxOf(scale, 1.0)
    val stride = ceil(support).toInt() * 2 + 1
    val first = IntArray(m)
    val count = IntArray(m)
    val weights = IntArray(m * stride)
    val shares = DoubleArray(stride)
    for (i in 0..<m) {
        val centre = (i + 0.5) * scale
        val begin = maxOf(0, (centre - support + 0.5).toInt())
        val end = minOf(n, (centre + support + 0.5).toInt())
        var sum = 0.0
        for (x in begin..<end) {
            // Pillow multiplies by the inverse, which a division would not always equal.
            val share = maxOf(0.0, 1 - abs((x - centre + 0.5) * (1 / support)))
            shares[x - begin] = share
            sum += share
        }
        for (at in 0..<end - begin) {
            weights[i * stride + at] = (0.5 + shares[at] / sum * (1 shl PRECISION_BITS)).toInt()
        }
        first[i] = begin
        count[i] = end - begin
    }
    return Weights(first, count, weights, stride)
}

/**
 * A row of pixels. Red and blue share a number, so that one multiplication serves both: a sum of a
 * pass has at most 31 bits.
 */
internal class PixelRow(val width: Int) {
    private val redBlue = LongArray(width)
    private val green = IntArray(width)

    /** Sets a pixel to the colors in the lowest 24 bits of [rgb]. */
    operator fun set(at: Int, rgb: Int) {
        redBlue[at] = ((rgb and 0xff0000).toLong() shl 16) or (rgb and 0xff).toLong()
        green[at] = rgb shr 8 and 0xff
    }

    /** Writes the pixel of a column of the pass at [place], 3 bytes. */
    fun writeColumn(column: Int, weights: Weights, into: ByteArray, place: Int) {
        var redBlueSum = (HALF.toLong() shl 32) or HALF.toLong()
        var greenSum = HALF
        val from = weights.first[column]
        val begin = column * weights.stride
        for (at in 0..<weights.count[column]) {
            val weight = weights.weights[begin + at]
            redBlueSum += weight * redBlue[from + at]
            greenSum += weight * green[from + at]
        }
        into[place] = clipped((redBlueSum shr 32).toInt())
        into[place + 1] = clipped(greenSum)
        into[place + 2] = clipped(redBlueSum.toInt())
    }
}

/** Writes the pass of a row of pixels to `weights.first.size` pixels, 3 bytes each. */
internal fun resizeRow(row: PixelRow, weights: Weights, into: ByteArray, offset: Int) {
    for (column in weights.first.indices) {
        row.writeColumn(column, weights, into, offset + 3 * column)
    }
}

/** Returns the pass of all columns of an image, whose rows have [rowBytes] bytes. */
internal fun resizeColumns(rgb: ByteArray, rowBytes: Int, weights: Weights): ByteArray {
    val rows = weights.first.size
    val resized = ByteArray(rowBytes * rows)
    val sums = IntArray(rowBytes)
    for (row in 0..<rows) {
        sums.fill(HALF)
        for (at in 0..<weights.count[row]) {
            val weight = weights.weights[row * weights.stride + at]
            addRow(rgb, (weights.first[row] + at) * rowBytes, weight, sums)
        }
        for (column in 0..<rowBytes) resized[row * rowBytes + column] = clipped(sums[column])
    }
    return resized
}

/** Adds a row, times its weight, to the sums. A loop of its own is one that a compiler unrolls. */
private fun addRow(rgb: ByteArray, from: Int, weight: Int, sums: IntArray) {
    for (column in sums.indices) {
        sums[column] += weight * (rgb[from + column].toInt() and 0xff)
    }
}

/** Returns the level of a sum, which is never negative and only a little above 2^30. */
private fun clipped(sum: Int): Byte = minOf(sum shr PRECISION_BITS, 255).toByte()
