package satchel.bundle

import satchel.Activation
import satchel.ImageOutput
import satchel.LabelOutput
import satchel.Limits
import satchel.Output
import satchel.Task

/* `output` of a card: docs/bundle.md, section 7. */

/** Returns the output that a card of [task] describes; throws [satchel.CardException]. */
internal fun parseOutput(task: Task, fields: Fields): Output = when (task) {
    Task.IMAGE_CLASSIFICATION, Task.TEXT_CLASSIFICATION -> parseLabelOutput(fields)
    Task.IMAGE_GENERATION, Task.STYLE_TRANSFER -> parseImageOutput(fields)
}

private fun parseLabelOutput(fields: Fields): LabelOutput {
    fields.constant("kind", "labels")
    val labels = lines(fields, "labels")
    val output = LabelOutput(
        labels = labels,
        activation = fields.choice("activation", Activation.entries, Activation::nameInCard),
        multiLabel = fields.flag("multi_label"),
        thresholds = fields.numbers("thresholds", listOf(0, labels.size), missing = emptyList()),
        ids = lines(fields, "ids", missing = emptyList()),
    )
    checkNames(fields, output)
    checkActivation(fields, output)
    checkThresholds(fields, output)
    return output
}

private fun checkNames(fields: Fields, output: LabelOutput) {
    val (labels, ids) = output.labels to output.ids
    if (labels.size !in 2..Limits.LABELS) {
        throw fields.wrongValue("labels", "2 to ${Limits.LABELS} labels", labels.size)
    }
    if (ids.isNotEmpty() && (ids.size != labels.size || ids.toSet().size < ids.size)) {
        throw fields.wrongValue("ids", "${labels.size} different ids, one for each label", ids.size)
    }
    if (ids.isEmpty() && labels.toSet().size < labels.size) {
        throw fields.wrongValue("labels", "different labels, or ids beside them", labels.size)
    }
}

private fun checkActivation(fields: Fields, output: LabelOutput) {
    val activation = output.activation
    if (output.multiLabel && activation != Activation.SIGMOID && activation != Activation.NONE) {
        val expected = "sigmoid or none for a multi-label model"
        throw fields.wrongValue("activation", expected, activation.nameInCard)
    }
    if (output.hasOneNumber && output.labels.size != 2) {
        val expected = "2 labels for a ${activation.nameInCard}"
        throw fields.wrongValue("labels", expected, output.labels.size)
    }
}

private fun checkThresholds(fields: Fields, output: LabelOutput) {
    val thresholds = output.thresholds
    if (thresholds.all { it in 0.0..1.0 } && (thresholds.isEmpty() || output.multiLabel)) return
    val expected = "a number from 0 to 1 for each label of a multi-label model"
    throw fields.wrongValue("thresholds", expected, thresholds)
}

private fun lines(fields: Fields, name: String, missing: List<String>? = null): List<String> {
    val texts = fields.texts(name, missing)
    val odd = texts.find { it.all(::isBlank) || it.any(::isUnfitForALine) || !isUnicode(it) }
    if (odd != null) {
        throw fields.wrongValue(name, "$name of one line without control characters", odd)
    }
    return texts
}

/** Returns whether a character is white space. The platform's own knows others. */
private fun isBlank(character: Char): Boolean = when (character) {
    ' ', '\u00a0', '\u1680', '\u202f', '\u205f', '\u3000', in '\u2000'..'\u200a' -> true
    else -> false
}

private fun parseImageOutput(fields: Fields): ImageOutput {
    fields.constant("kind", "image")
    // Only a model folder can make images of one channel.
    fields.int("channels", 3L..3L, missing = 3)
    val height = fields.int("height", 1L..Limits.SIDE)
    val width = fields.int("width", 1L..Limits.SIDE)
    if (height * width > Limits.OUTPUT_PIXELS) {
        val expected = "at most ${Limits.OUTPUT_PIXELS} pixels"
        throw fields.wrongValue("width", expected, "$height x $width")
    }
    return ImageOutput(
        height = height,
        width = width,
        scale = fields.factors("scale", listOf(1, 3)),
        offset = fields.numbers("offset", listOf(1, 3), missing = listOf(0.0)),
    )
}
