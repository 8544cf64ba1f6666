package satchel.images

import satchel.ChannelOrder
import satchel.Dtype
import satchel.EngineException
import satchel.ImageInput
import satchel.Pixels
import satchel.Tensor
import satchel.TensorSpec
import satchel.quantized

/* Images: docs/bundle.md, section 4, step 7. */

/** The weights of red, green and blue in grey, of ITU-R BT.601. */
private const val RED = 0.299f
private const val GREEN = 0.587f
private const val BLUE = 0.114f

/**
 * Returns the model's input tensor (1, height, width, channels) for pixels of the model's size.
 *
 * @throws EngineException for a dtype that an image model cannot have
 */
internal fun imageTensor(pixels: Pixels, input: ImageInput, spec: TensorSpec): Tensor {
    val shape = listOf(1, pixels.height, pixels.width, input.channels)
    val isPlain = isOnly(input.scale, 1.0) && isOnly(input.offset, 0.0)
    if (isPlain && input.channels == 3 && isPlainUInt8(spec)) {
        return Tensor.UInt8(shape, if (input.isReversed) reversed(pixels.rgb) else pixels.rgb)
    }
    val values = if (input.channels == 1) grey(pixels.rgb) else reals(pixels.rgb)
    if (!isPlain) scale(values, input.scale, input.offset)
    if (input.isReversed) reverse(values)
    return when (spec.dtype) {
        Dtype.FLOAT32 -> Tensor.Float32(shape, values)
        Dtype.UINT8, Dtype.INT8 -> quantized(values, shape, spec)
        Dtype.INT32, Dtype.INT64 -> throw EngineException(
            "an image model with float32, uint8 or int8 input",
            spec.dtype.nameInCard,
        )
    }
}

private val ImageInput.isReversed get() = channelOrder == ChannelOrder.BGR

private fun reals(rgb: ByteArray) = FloatArray(rgb.size) { (rgb[it].toInt() and 0xff).toFloat() }

/** Returns the grey of each pixel. Each product and each sum is rounded to float32. */
private fun grey(rgb: ByteArray) = FloatArray(rgb.size / 3) { at ->
    val red = (rgb[3 * at].toInt() and 0xff) * RED
    val green = (rgb[3 * at + 1].toInt() and 0xff) * GREEN
    val blue = (rgb[3 * at + 2].toInt() and 0xff) * BLUE
    red + green + blue
}

/** Makes each value `value * scale + offset` of its channel. One that overflows is infinite. */
internal fun scale(values: FloatArray, scale: List<Double>, offset: List<Double>) {
    // Values of one channel have one factor, so it does not matter that they count to three.
    val factors = FloatArray(3) { (scale.getOrNull(it) ?: scale[0]).toFloat() }
    val terms = FloatArray(3) { (offset.getOrNull(it) ?: offset[0]).toFloat() }
    var channel = 0
    for (at in values.indices) {
        values[at] = values[at] * factors[channel] + terms[channel]
        channel = if (channel == 2) 0 else channel + 1
    }
}

private fun reversed(rgb: ByteArray) = ByteArray(rgb.size) { at -> rgb[at + 2 - 2 * (at % 3)] }

private fun reverse(values: FloatArray) {
    for (at in values.indices step 3) {
        val first = values[at]
        values[at] = values[at + 2]
        values[at + 2] = first
    }
}

private fun isOnly(values: List<Double>, value: Double) = values.size == 1 && values[0] == value

private fun isPlainUInt8(spec: TensorSpec) =
    spec.dtype == Dtype.UINT8 && spec.scale == 1.0 && spec.zeroPoint == 0
