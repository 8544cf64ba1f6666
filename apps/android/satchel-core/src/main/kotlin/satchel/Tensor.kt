package satchel

/**
 * The input or the output of a model: numbers of one [Dtype] in C order.
 *
 * @property shape the sides, the batch of 1 in front
 */
public sealed class Tensor(public val shape: List<Int>) {
    /** The type of the numbers. */
    public abstract val dtype: Dtype

    /** The same numbers with other sides. */
    internal abstract fun reshaped(shape: List<Int>): Tensor

    /** A tensor of [Dtype.FLOAT32]. */
    public class Float32(shape: List<Int>, public val data: FloatArray) : Tensor(shape) {
        override val dtype: Dtype get() = Dtype.FLOAT32

        override fun reshaped(shape: List<Int>): Tensor = Float32(shape, data)
    }

    /** A tensor of [Dtype.UINT8]. Each byte of [data] is a number from 0 to 255. */
    public class UInt8(shape: List<Int>, public val data: ByteArray) : Tensor(shape) {
        override val dtype: Dtype get() = Dtype.UINT8

        override fun reshaped(shape: List<Int>): Tensor = UInt8(shape, data)
    }

    /** A tensor of [Dtype.INT8]. */
    public class Int8(shape: List<Int>, public val data: ByteArray) : Tensor(shape) {
        override val dtype: Dtype get() = Dtype.INT8

        override fun reshaped(shape: List<Int>): Tensor = Int8(shape, data)
    }

    /** A tensor of [Dtype.INT32]. */
    public class Int32(shape: List<Int>, public val data: IntArray) : Tensor(shape) {
        override val dtype: Dtype get() = Dtype.INT32

        override fun reshaped(shape: List<Int>): Tensor = Int32(shape, data)
    }

    /** A tensor of [Dtype.INT64]. */
    public class Int64(shape: List<Int>, public val data: LongArray) : Tensor(shape) {
        override val dtype: Dtype get() = Dtype.INT64

        override fun reshaped(shape: List<Int>): Tensor = Int64(shape, data)
    }
}
