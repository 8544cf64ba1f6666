package satchel

/*
 * Real numbers to 8-bit levels and back: `real = (level - zeroPoint) * scale`, docs/bundle.md,
 * sections 4 to 7.
 */

/** Returns `value / scale + zeroPoint`, rounded and clipped. Ties are rounded away from zero. */
internal fun quantize(value: Float, scale: Float, zeroPoint: Int, low: Int, high: Int): Int {
    // Widen first: in float32, adding a half to a number just below a half gives 1.
    val steps = (value / scale).toDouble()
    val rounded = (steps + Math.copySign(0.5, steps)).toLong()
    // A long holds less than a double, and clips by itself; an addition to it may wrap around.
    return (rounded.coerceIn(-CLIPPED, CLIPPED) + zeroPoint).toInt().coerceIn(low, high)
}

/** Far beyond every level, even behind a zero point. */
private const val CLIPPED = 1_000_000L

/** Returns [reals] as a tensor of 8-bit levels, at the scale and zero point of [spec]. */
internal fun quantized(reals: FloatArray, shape: List<Int>, spec: TensorSpec): Tensor {
    val isUnsigned = spec.dtype == Dtype.UINT8
    val (low, high) = if (isUnsigned) 0 to 255 else -128 to 127
    val scale = spec.scale.toFloat()
    val levels = ByteArray(reals.size) { at ->
        quantize(reals[at], scale, spec.zeroPoint, low, high).toByte()
    }
    return if (isUnsigned) Tensor.UInt8(shape, levels) else Tensor.Int8(shape, levels)
}

/** Returns the real number of each byte of an 8-bit tensor, as its level is stored. */
internal fun realOfEachByte(spec: TensorSpec): FloatArray {
    val scale = spec.scale.toFloat()
    return FloatArray(256) { byte ->
        val level = if (spec.dtype == Dtype.UINT8) byte else byte.toByte().toInt()
        (level - spec.zeroPoint).toFloat() * scale
    }
}
