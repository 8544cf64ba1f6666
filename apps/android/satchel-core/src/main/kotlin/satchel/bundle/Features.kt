package satchel.bundle

import satchel.Activation
import satchel.Card
import satchel.CardException
import satchel.ChannelOrder
import satchel.Dtype
import satchel.Feature
import satchel.Fit
import satchel.ImageInput
import satchel.ImageOutput
import satchel.Input
import satchel.KerasTokenizerSpec
import satchel.LabelOutput
import satchel.LatentInput
import satchel.ModelEntry
import satchel.Output
import satchel.RegexSpec
import satchel.SentencePieceSpec
import satchel.TensorSpec
import satchel.TextInput
import satchel.VectorizationSpec
import satchel.WordPieceSpec

/* The features of a card that came after the first bundles: docs/bundle.md, section 3. */

/**
 * Checks that a card names the features that it uses, and that its shapes hold their numbers.
 *
 * @throws CardException for a feature that is not [required], for a shape and for rows that do not
 *   fit
 */
internal fun checkFeatures(card: Card, required: List<String>) {
    val missing = featuresOf(card).find { it.nameInCard !in required }
    if (missing != null) {
        val feature = shown(missing.nameInCard)
        throw CardException("the feature $feature that the card uses in card.requires", "none")
    }
    for (model in card.models) {
        checkShape(model.input, shapeOf(card.input), model.file)
        checkShape(model.output, shapeOf(card.output), model.file)
        checkRows(model, card.input)
    }
}

/** Returns the shape of the input tensor, with the batch of 1. */
internal fun shapeOf(input: Input): List<Int> = when (input) {
    is ImageInput -> listOf(1, input.height, input.width, input.channels)
    is TextInput -> listOf(1, input.length)
    is LatentInput -> listOf(1, input.length)
}

/** Returns the shape of the output tensor, with the batch of 1. */
internal fun shapeOf(output: Output): List<Int> = when (output) {
    is LabelOutput -> listOf(1, if (output.hasOneNumber) 1 else output.labels.size)
    is ImageOutput -> listOf(1, output.height, output.width, 3)
}

private fun featuresOf(card: Card): Set<Feature> = buildSet {
    when (val input = card.input) {
        is ImageInput -> addFeatures(input)
        is TextInput -> addFeatures(input)
        is LatentInput -> Unit
    }
    val output = card.output
    if (output is LabelOutput) addFeatures(output)
    val tensors = card.models.flatMap { listOf(it.input, it.output) }
    if (tensors.any { it.dtype == Dtype.INT64 }) add(Feature.INT64)
    if (tensors.any { it.shape.isNotEmpty() }) add(Feature.TENSOR_SHAPE)
}

private fun MutableSet<Feature>.addFeatures(input: ImageInput) {
    if (input.channelOrder != ChannelOrder.RGB) add(Feature.CHANNEL_ORDER)
    if (input.channels == 1) add(Feature.GREY)
    if (input.fit == Fit.LETTERBOX) add(Feature.LETTERBOX)
}

private fun MutableSet<Feature>.addFeatures(input: TextInput) {
    if (input.tensors.size > 1) add(Feature.SEVERAL_INPUTS)
    when (input.tokenizer) {
        is RegexSpec -> Unit
        is KerasTokenizerSpec -> add(Feature.TOKENIZER_KERAS)
        is SentencePieceSpec -> add(Feature.TOKENIZER_SENTENCEPIECE)
        is VectorizationSpec -> add(Feature.TOKENIZER_VECTORIZATION)
        is WordPieceSpec -> add(Feature.TOKENIZER_WORDPIECE)
    }
}

private fun MutableSet<Feature>.addFeatures(output: LabelOutput) {
    if (output.multiLabel) add(Feature.MULTI_LABEL)
    if (output.labels.toSet().size < output.labels.size) add(Feature.REPEATED_LABELS)
    if (output.activation == Activation.LOGIT) add(Feature.SINGLE_LOGIT)
}

private fun checkShape(tensor: TensorSpec, expected: List<Int>, file: String) {
    if (tensor.shape.isEmpty() || product(tensor.shape) == product(expected)) return
    val wanted = "a shape of ${product(expected).toLong()} numbers in ${shown(file, 110)}"
    throw CardException(wanted, tensor.shape.toString())
}

/** Throws [CardException] unless each row of a text of several tensors belongs to one input. */
private fun checkRows(model: ModelEntry, input: Input) {
    val several = (input as? TextInput)?.tensors?.size?.takeIf { it > 1 } ?: 0
    if (model.input.rows.sorted() != (0..<several).toList() || model.output.rows.isNotEmpty()) {
        val wanted = "each of $several rows once for the inputs of ${shown(model.file, 110)}"
        throw CardException(wanted, model.input.rows.toString())
    }
    if (several > 0 && model.input.shape.isNotEmpty()) {
        val wanted = "no shape for the $several inputs of ${shown(model.file, 110)}"
        throw CardException(wanted, model.input.shape.toString())
    }
}

/** Returns the product of a shape's sides. Eight sides of 31 bits are beyond every number type. */
private fun product(shape: List<Int>): Double = shape.fold(1.0) { all, side -> all * side }
