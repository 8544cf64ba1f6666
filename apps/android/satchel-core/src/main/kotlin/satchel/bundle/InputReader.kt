package satchel.bundle

import satchel.ChannelOrder
import satchel.Color
import satchel.Fit
import satchel.ImageInput
import satchel.Input
import satchel.LatentInput
import satchel.Limits
import satchel.Task
import satchel.TextInput
import satchel.TextTensor
import satchel.texts.parseTokenizer

/* `input` of a card: docs/bundle.md, sections 4 to 6. */

/** Returns the input that a card of [task] describes; throws [satchel.CardException]. */
internal fun parseInput(task: Task, fields: Fields): Input = when (task) {
    Task.IMAGE_CLASSIFICATION, Task.STYLE_TRANSFER -> parseImageInput(fields)
    Task.TEXT_CLASSIFICATION -> parseTextInput(fields)
    Task.IMAGE_GENERATION -> parseLatentInput(fields)
}

private fun parseImageInput(fields: Fields): ImageInput {
    fields.constant("kind", "image")
    val channels = fields.int("channels", 1L..3L, missing = 3)
    if (channels == 2) throw fields.wrongValue("channels", "1 or 3", channels)
    val orders = ChannelOrder.entries
    val order = fields.choice("channel_order", orders, ChannelOrder::nameInCard, ChannelOrder.RGB)
    if (channels == 1 && order != ChannelOrder.RGB) {
        throw fields.wrongValue("channel_order", "rgb for one channel", order.nameInCard)
    }
    return ImageInput(
        height = fields.int("height", 1L..Limits.SIDE),
        width = fields.int("width", 1L..Limits.SIDE),
        channels = channels,
        fit = fields.choice("fit", Fit.entries, Fit::nameInCard, Fit.STRETCH),
        background = color(fields, "background", missing = Color(255, 255, 255)),
        scale = fields.factors("scale", listOf(1, channels)),
        offset = fields.numbers("offset", listOf(1, channels), missing = listOf(0.0)),
        channelOrder = order,
        padding = color(fields, "padding", missing = Color(0, 0, 0)),
    )
}

private fun color(fields: Fields, name: String, missing: Color): Color {
    if (name !in fields) return missing
    val levels = fields.numbers(name, listOf(3), missing = emptyList())
    if (levels.any { it !in 0.0..255.0 || it % 1.0 != 0.0 }) {
        throw fields.wrongValue(name, "three whole numbers from 0 to 255", levels)
    }
    val (red, green, blue) = levels.map { it.toInt() }
    return Color(red, green, blue)
}

/** Returns the text that `input` describes; throws [satchel.CardException]. */
internal fun parseTextInput(fields: Fields): TextInput {
    fields.constant("kind", "text")
    return TextInput(
        length = fields.int("length", 1L..Limits.LENGTH),
        tokenizer = parseTokenizer(fields.inner("tokenizer")),
        tensors = textTensors(fields),
    )
}

private fun textTensors(fields: Fields): List<TextTensor> {
    val names = fields.texts("tensors", missing = listOf("ids"))
    val found = names.mapNotNull { name -> TextTensor.entries.find { it.nameInCard == name } }
    val plain = found.size == names.size && found.toSet().size == names.size
    if (!plain || found.firstOrNull() != TextTensor.IDS) {
        val all = TextTensor.entries.joinToString { it.nameInCard }
        throw fields.wrongValue("tensors", "ids, and others of $all", names)
    }
    return found
}

private fun parseLatentInput(fields: Fields): LatentInput {
    fields.constant("kind", "latent")
    return LatentInput(length = fields.int("length", 1L..Limits.LENGTH))
}
