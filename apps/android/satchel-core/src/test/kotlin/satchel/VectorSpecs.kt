package satchel

import satchel.bundle.fieldsOf
import satchel.bundle.parseTextInput

/* The objects of the vectors as the core's own. */

internal fun imageInput(fields: Json) = ImageInput(
    height = fields["height"].int,
    width = fields["width"].int,
    channels = fields["channels"].int,
    fit = Fit.entries.first { it.nameInCard == fields["fit"].text },
    background = color(fields["background"]),
    scale = fields["scale"].numbers,
    offset = fields["offset"].numbers,
    channelOrder = ChannelOrder.entries.first { it.nameInCard == fields["channel_order"].text },
    padding = color(fields["padding"]),
)

private fun color(levels: Json): Color {
    val (red, green, blue) = levels.ints
    return Color(red, green, blue)
}

internal fun textInput(fields: Json): TextInput = parseTextInput(fieldsOf(fields, "card.input"))

internal fun dtype(name: Json) = Dtype.entries.first { it.nameInCard == name.text }

internal fun tensorSpec(fields: Json) = TensorSpec(
    dtype = dtype(fields["dtype"]),
    scale = fields["scale"].number,
    zeroPoint = fields["zero_point"].int,
    shape = if (fields.has("shape")) fields["shape"].ints else emptyList(),
    rows = if (fields.has("rows")) fields["rows"].ints else emptyList(),
)

internal fun output(fields: Json): Output =
    if (fields["kind"].text == "image") imageOutput(fields) else labelOutput(fields)

private fun imageOutput(fields: Json) = ImageOutput(
    height = fields["height"].int,
    width = fields["width"].int,
    scale = fields["scale"].numbers,
    offset = fields["offset"].numbers,
)

internal fun labelOutput(fields: Json) = LabelOutput(
    labels = fields["labels"].items.map { it.text },
    activation = Activation.entries.first { it.nameInCard == fields["activation"].text },
    multiLabel = fields["multi_label"].flag,
    thresholds = fields["thresholds"].numbers,
    ids = fields["ids"].items.map { it.text },
)

internal fun tensor(dtype: Dtype, shape: List<Int>, values: List<Double>): Tensor = when (dtype) {
    Dtype.FLOAT32 -> Tensor.Float32(shape, FloatArray(values.size) { values[it].toFloat() })
    Dtype.UINT8 -> Tensor.UInt8(shape, ByteArray(values.size) { values[it].toInt().toByte() })
    Dtype.INT8 -> Tensor.Int8(shape, ByteArray(values.size) { values[it].toInt().toByte() })
    Dtype.INT32 -> Tensor.Int32(shape, IntArray(values.size) { values[it].toInt() })
    Dtype.INT64 -> Tensor.Int64(shape, LongArray(values.size) { values[it].toLong() })
}

/** Returns the numbers of a tensor. */
internal fun numbersOf(tensor: Tensor): List<Double> = when (tensor) {
    is Tensor.Float32 -> tensor.data.map { it.toDouble() }
    is Tensor.UInt8 -> tensor.data.map { (it.toInt() and 0xff).toDouble() }
    is Tensor.Int8 -> tensor.data.map { it.toDouble() }
    is Tensor.Int32 -> tensor.data.map { it.toDouble() }
    is Tensor.Int64 -> tensor.data.map { it.toDouble() }
}

/** Returns a model with these tensors. */
internal fun modelEntry(input: TensorSpec, output: TensorSpec) = ModelEntry(
    file = "float32.tflite",
    format = ModelFormat.TFLITE,
    scheme = "float32",
    sizeBytes = 1,
    input = input,
    output = output,
    needs = emptyMap(),
    goldenTolerance = 0.01,
    goldenToleranceWhy = "a hundredth",
    verified = null,
)

/** Returns a card of these, for functions that look at nothing else of it. */
internal fun cardOf(task: Task, input: Input, output: Output) = Card(
    name = "tiny",
    version = "1.0.0",
    task = task,
    input = input,
    output = output,
    models = emptyList(),
    golden = null,
    files = emptyMap(),
    provenance = emptyMap(),
)

internal val FLOAT32 = TensorSpec(Dtype.FLOAT32)
internal val TWO_LABELS = LabelOutput(listOf("no", "yes"), Activation.NONE)
