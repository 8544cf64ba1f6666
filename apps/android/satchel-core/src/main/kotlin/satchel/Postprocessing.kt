package satchel

import satchel.bundle.shapeOf
import satchel.bundle.shown
import satchel.images.scale

/* A model's raw output to predictions: docs/bundle.md, section 7. */

/** Turns the outputs of [entry] into predictions, as the card's [output] says. */
internal class Postprocessing(private val entry: ModelEntry, private val output: Output) {
    // Computed once, because around a small model everything else costs more than the model.
    private val shape = entry.output.shape.ifEmpty { shapeOf(output) }
    private val reals = if (isQuantized(entry.output)) realOfEachByte(entry.output) else null

    /**
     * Returns the prediction for a raw output.
     *
     * @throws EngineException if the output has another dtype or shape than the card says, or holds
     *   a number that is not finite
     */
    fun predict(raw: Tensor): ModelPrediction {
        if (raw.dtype != entry.output.dtype || raw.shape != shape) throw otherForm(raw)
        val values = realsOf(raw)
        for (value in values) if (!isFinite(value)) throw notFinite(value)
        return when (output) {
            is LabelOutput -> ModelPrediction.Labels(probabilities(values, output))
            is ImageOutput -> ModelPrediction.Image(pixels(values, output))
        }
    }

    private fun realsOf(raw: Tensor): FloatArray = when (raw) {
        is Tensor.Float32 -> raw.data.copyOf()
        is Tensor.UInt8 -> dequantized(raw.data)
        is Tensor.Int8 -> dequantized(raw.data)
        is Tensor.Int32 -> FloatArray(raw.data.size) { raw.data[it].toFloat() }
        is Tensor.Int64 -> FloatArray(raw.data.size) { raw.data[it].toFloat() }
    }

    private fun dequantized(levels: ByteArray): FloatArray {
        val reals = reals!!
        return FloatArray(levels.size) { reals[levels[it].toInt() and 0xff] }
    }

    private fun otherForm(raw: Tensor) = EngineException(
        "${entry.output.dtype.nameInCard} $shape from ${shown(entry.file, 110)}, as its card says",
        "${raw.dtype.nameInCard} ${raw.shape}",
    )

    private fun notFinite(value: Float) =
        EngineException("finite numbers from ${shown(entry.file, 110)}", "$value")
}

private fun isQuantized(spec: TensorSpec) = spec.dtype == Dtype.UINT8 || spec.dtype == Dtype.INT8

/** Infinity and NaN are the numbers whose difference from themselves is not 0. */
private fun isFinite(value: Float) = value - value == 0f

private fun probabilities(values: FloatArray, output: LabelOutput): FloatArray {
    if (output.multiLabel) {
        if (output.activation == Activation.SIGMOID) return values
        return FloatArray(values.size) { sigmoid(values[it]) }
    }
    return when (output.activation) {
        Activation.SOFTMAX -> values
        Activation.NONE -> softmax(values)
        Activation.SIGMOID -> floatArrayOf(1 - values[0], values[0])
        Activation.LOGIT -> floatArrayOf(sigmoid(-values[0]), sigmoid(values[0]))
    }
}

/** Returns the image of a model's output. Ties are rounded up, levels are clipped to 0 to 255. */
private fun pixels(values: FloatArray, output: ImageOutput): Pixels {
    scale(values, output.scale, output.offset)
    val rgb = ByteArray(values.size) { quantize(values[it], 1f, 0, 0, 255).toByte() }
    return Pixels(output.width, output.height, rgb)
}
