package satchel.bundle

import satchel.Card
import satchel.CardException
import satchel.Digest
import satchel.Dtype
import satchel.Feature
import satchel.Json
import satchel.Limits
import satchel.ModelEntry
import satchel.ModelFormat
import satchel.Task
import satchel.TensorSpec
import satchel.TextInput
import satchel.Verified

/* The card: docs/bundle.md, section 3. */

private const val FORMAT_VERSION = 1L

private val NAME = Regex("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
private val VERSION = Regex("[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}")
private val SCHEME = Regex("[a-z0-9_]{1,40}")
private val ENGINE = Regex("[a-z0-9_]{1,40}")
private val ENGINE_VERSION = Regex("[0-9]{1,9}(\\.[0-9]{1,9}){0,3}")

/** The smallest normal number of float32 and less than its largest. A smaller scale overflows. */
private val SCALES = 1.2e-38..3e38
private val SHARES = 0.0..1.0

/** The largest number of sides of a tensor. */
private const val MAX_RANK = 8

/** Far more bytes than a bundle may have, and far more samples than any data set has. */
private val SIZES = 1L..(1L shl 40)

/** The largest number of inputs of a model: the ids, the mask and the segments of a text. */
private const val MAX_INPUTS = 3

/**
 * Returns the card of a bundle, read from JSON in UTF-8.
 *
 * @throws CardException for a field that is missing, of another type or out of range, for a format
 *   version or feature of later, for a card without models, and for JSON that is not plain
 */
internal fun parseCard(content: ByteArray): Card {
    val fields = fieldsOf(loadJson(content, Limits.CARD_BYTES), "card")
    val required = checkVersion(fields)
    val task = fields.choice("task", Task.entries, Task::nameInCard)
    val card = Card(
        name = fields.pattern("name", NAME),
        version = fields.pattern("version", VERSION),
        task = task,
        input = parseInput(task, fields.inner("input")),
        output = parseOutput(task, fields.inner("output")),
        models = fields.objects("models", Limits.MODELS).map { modelEntry(it, task) },
        golden = if ("golden" in fields) fields.text("golden") else null,
        files = fields.mapping("files").mapValues { (name, value) -> digest(name, value) },
        provenance = fields.mapping("provenance"),
    )
    if (card.models.isEmpty()) {
        throw CardException("a bundle with models", "a card of none", "is it a model folder?")
    }
    checkFeatures(card, required)
    checkListed(card)
    return card
}

/** Returns the required features; throws [CardException] for a version or feature of later. */
private fun checkVersion(fields: Fields): List<String> {
    val version = fields.long("satchel", Long.MIN_VALUE..Long.MAX_VALUE)
    if (version != FORMAT_VERSION) {
        throw CardException("bundle format $FORMAT_VERSION", "$version", "update this application")
    }
    val required = fields.texts("requires", missing = emptyList())
    val known = Feature.entries.map { it.nameInCard }
    val unknown = required.find { it !in known } ?: return required
    val expected = "a bundle of features that this reader knows"
    throw CardException(expected, shown(unknown), "update this application")
}

/** Throws [CardException] unless the card lists every file that it names. */
private fun checkListed(card: Card) {
    val tokenizer = (card.input as? TextInput)?.tokenizer?.file
    val needed = card.models.map { it.file } + listOfNotNull(tokenizer, card.golden)
    for (name in needed) {
        if (name in card.files) continue
        throw CardException("${shown(name, 110)} among the card's files", "a card without it")
    }
}

private fun modelEntry(fields: Fields, task: Task) = ModelEntry(
    file = fields.text("file"),
    format = fields.choice("format", ModelFormat.entries, ModelFormat::nameInCard),
    scheme = fields.pattern("scheme", SCHEME),
    sizeBytes = fields.long("size_bytes", SIZES),
    input = tensorSpec(fields.inner("input")),
    output = tensorSpec(fields.inner("output")),
    needs = needs(fields),
    goldenTolerance = fields.number("golden_tolerance", SHARES),
    goldenToleranceWhy = fields.text("golden_tolerance_why"),
    verified = verified(fields, task),
)

private fun needs(fields: Fields): Map<String, String> =
    fields.mapping("needs").mapValues { (engine, value) ->
        val version = (value as? Json.Text)?.value
        if (!ENGINE.matches(engine)) throw fields.wrongValue("needs", "an engine's name", engine)
        if (version == null || !ENGINE_VERSION.matches(version)) {
            throw fields.wrong("needs", "a version for ${shown(engine)}", value)
        }
        version
    }

private fun verified(fields: Fields, task: Task): Verified? {
    val value = fields.values["verified"]
    if (value == null || value == Json.Null) return null
    val inner = fields.inner("verified")
    return when (task) {
        Task.IMAGE_CLASSIFICATION, Task.TEXT_CLASSIFICATION -> verifiedLabels(inner)
        Task.IMAGE_GENERATION, Task.STYLE_TRANSFER -> verifiedImages(inner)
    }
}

private fun verifiedLabels(fields: Fields) = Verified.Labels(
    samples = fields.long("samples", SIZES),
    accuracy = fields.number("accuracy", SHARES),
    dropPoints = fields.number("drop_points", -100.0..100.0),
    agreement = fields.number("agreement", SHARES),
    largestDifference = fields.number("largest_difference", SHARES),
    sqnrDb = fields.decibel("sqnr_db"),
    dropCi95 = fields.numbers("drop_ci95", listOf(0, 2), missing = emptyList()),
)

private fun verifiedImages(fields: Fields) = Verified.Images(
    samples = fields.long("samples", SIZES),
    psnrDb = fields.decibel("psnr_db"),
    worstPsnrDb = fields.decibel("worst_psnr_db"),
    largestDifference = fields.number("largest_difference", SHARES),
)

private fun tensorSpec(fields: Fields): TensorSpec {
    val dtype = fields.choice("dtype", Dtype.entries, Dtype::nameInCard)
    val shape = fields.wholeNumbers("shape", 1L..Int.MAX_VALUE, missing = emptyList())
    if (shape.size > MAX_RANK || shape.firstOrNull() ?: 1 != 1) {
        throw fields.wrongValue("shape", "at most $MAX_RANK sides, a batch of 1 in front", shape)
    }
    return TensorSpec(
        dtype = dtype,
        scale = fields.number("scale", SCALES, missing = 1.0),
        zeroPoint = fields.int("zero_point", zeroPoints(dtype), missing = 0),
        shape = shape,
        rows = fields.wholeNumbers("rows", 0L..<MAX_INPUTS, missing = emptyList()),
    )
}

private fun zeroPoints(dtype: Dtype): LongRange = when (dtype) {
    Dtype.UINT8 -> 0L..255L
    Dtype.INT8 -> -128L..127L
    Dtype.FLOAT32, Dtype.INT32, Dtype.INT64 -> 0L..0L
}

private fun digest(name: String, value: Json): Digest =
    (value as? Json.Text)?.let { Digest.parse(it.value) } ?: throw CardException(
        "sha256: and 64 hexadecimal digits for ${shown(name, 110)}",
        shown(value, 90),
    )
