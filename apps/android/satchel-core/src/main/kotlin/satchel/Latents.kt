package satchel

/* Latents: docs/bundle.md, section 6. */

private const val GAMMA = -0x61c8864680b583ebL // 0x9E3779B97F4A7C15
private const val FIRST_MIX = -0x40a7b892e31b1a47L // 0xBF58476D1CE4E5B9
private const val SECOND_MIX = -0x6b2fb644ecceee15L // 0x94D049BB133111EB

/** The upper 24 bits of 64 are as many as float32 holds exactly. */
private const val DROPPED_BITS = 40

/**
 * What a generator starts from.
 *
 * @property value a whole number from 0 to [MOST]
 * @throws InputException for another number
 */
@JvmInline
public value class Seed(public val value: Long) {
    init {
        if (value !in 0..MOST) {
            throw InputException("a seed, a whole number from 0 to $MOST", "$value")
        }
    }

    override fun toString(): String = "seed $value"

    public companion object {
        /** The largest seed. Languages whose numbers are doubles cannot tell larger ones apart. */
        public const val MOST: Long = (1L shl 53) - 1
    }
}

/** Returns the latent of [seed]: [length] numbers, uniform in [-1, 1). */
internal fun drawLatent(seed: Seed, length: Int): FloatArray {
    // Both operations are exact, so every language gets the same numbers.
    val numbers = splitMix64(seed, length)
    return FloatArray(length) { (numbers[it] ushr DROPPED_BITS).toFloat() / (1 shl 23) - 1 }
}

/** Returns the first [count] outputs of SplitMix64 from [seed], unsigned numbers of 64 bits. */
internal fun splitMix64(seed: Seed, count: Int): LongArray {
    var state = seed.value
    return LongArray(count) {
        state += GAMMA
        var z = (state xor (state ushr 30)) * FIRST_MIX
        z = (z xor (z ushr 27)) * SECOND_MIX
        z xor (z ushr 31)
    }
}

/**
 * Returns the model's input tensor (1, length) for a latent.
 *
 * @throws EngineException for another dtype than float32 and uint8
 */
internal fun latentTensor(latent: FloatArray, spec: TensorSpec): Tensor {
    val shape = listOf(1, latent.size)
    return when (spec.dtype) {
        Dtype.FLOAT32 -> Tensor.Float32(shape, latent)
        Dtype.UINT8 -> quantized(latent, shape, spec)
        Dtype.INT8, Dtype.INT32, Dtype.INT64 -> throw EngineException(
            "a generator with float32 or uint8 input",
            spec.dtype.nameInCard,
        )
    }
}
