package satchel

/* A card as the vectors write it: with all defaults, and the names of the fields in a card. */

/** Returns a value in which 1 and 1.0 are the same number. */
internal fun comparable(value: Json): Any? = when (value) {
    is Json.Object -> value.fields.mapValues { comparable(it.value) }
    is Json.Array -> value.items.map(::comparable)
    is Json.Text -> value.value
    is Json.Whole -> value.value.toDouble()
    is Json.Real -> value.value
    is Json.Flag -> value.value
    Json.Null -> null
}

internal fun comparable(card: Card): Any? = mapOf(
    "name" to card.name,
    "version" to card.version,
    "task" to card.task.nameInCard,
    "input" to comparable(card.input),
    "output" to comparable(card.output),
    "models" to card.models.map(::comparable),
    "golden" to card.golden,
    "files" to card.files.mapValues { it.value.text },
    "provenance" to card.provenance.mapValues { comparable(it.value) },
)

private fun comparable(input: Input): Any? = when (input) {
    is ImageInput -> mapOf(
        "kind" to "image",
        "height" to input.height.toDouble(),
        "width" to input.width.toDouble(),
        "channels" to input.channels.toDouble(),
        "fit" to input.fit.nameInCard,
        "background" to comparable(input.background),
        "scale" to input.scale,
        "offset" to input.offset,
        "channel_order" to input.channelOrder.nameInCard,
        "padding" to comparable(input.padding),
    )
    is TextInput -> mapOf(
        "kind" to "text",
        "length" to input.length.toDouble(),
        "tokenizer" to comparable(input.tokenizer),
        "tensors" to input.tensors.map { it.nameInCard },
    )
    is LatentInput -> mapOf("kind" to "latent", "length" to input.length.toDouble())
}

private fun comparable(color: Color) =
    listOf(color.red.toDouble(), color.green.toDouble(), color.blue.toDouble())

private fun comparable(spec: TokenizerSpec): Any? = when (spec) {
    is RegexSpec -> mapOf(
        "kind" to "regex",
        "delimiter" to spec.delimiter,
        "vocabulary" to spec.vocabulary,
    )
    is VectorizationSpec -> mapOf(
        "kind" to "vectorization",
        "vocabulary" to spec.vocabulary,
        "unknown" to spec.unknown.toDouble(),
        "standardize" to spec.standardize.map(::comparable),
        "split" to spec.split.nameInCard,
        "ngrams" to spec.ngrams.map { it.toDouble() },
        "output" to spec.output.nameInCard,
    )
    is KerasTokenizerSpec -> mapOf(
        "kind" to "keras_tokenizer",
        "vocabulary" to spec.vocabulary,
        "unit" to spec.unit.nameInCard,
        "lower" to spec.lower,
        "filters" to spec.filters,
        "separator" to spec.separator,
        "unknown" to spec.unknown?.toDouble(),
        "pad" to spec.pad.toDouble(),
        "padding" to spec.padding.nameInCard,
        "truncating" to spec.truncating.nameInCard,
    )
    is WordPieceSpec -> mapOf(
        "kind" to "wordpiece",
        "vocabulary" to spec.vocabulary,
        "lower" to spec.lower,
        "strip_accents" to spec.stripAccents,
        "clean" to spec.clean,
        "chinese" to spec.chinese,
        "unknown" to spec.unknown,
        "start" to spec.start,
        "end" to spec.end,
        "pad" to spec.pad,
        "prefix" to spec.prefix,
        "word_length" to spec.wordLength.toDouble(),
        "specials" to spec.specials,
    )
    is SentencePieceSpec -> error("no vector has one")
}

private fun comparable(step: StandardizeStep): Any? = when (step) {
    StandardizeStep.Lower -> stepOf("lower")
    is StandardizeStep.ReplaceText -> stepOf("replace", text = step.text, by = step.by)
    is StandardizeStep.ReplaceCharacters ->
        stepOf("replace", characters = step.characters, by = step.by)
}

private fun stepOf(
    step: String,
    text: String? = null,
    characters: String? = null,
    by: String? = null,
) = mapOf("step" to step, "text" to text, "characters" to characters, "by" to by)

private fun comparable(output: Output): Any? = when (output) {
    is LabelOutput -> mapOf(
        "kind" to "labels",
        "labels" to output.labels,
        "activation" to output.activation.nameInCard,
        "multi_label" to output.multiLabel,
        "thresholds" to output.thresholds,
        "ids" to output.ids,
    )
    is ImageOutput -> mapOf(
        "kind" to "image",
        "height" to output.height.toDouble(),
        "width" to output.width.toDouble(),
        "channels" to 3.0,
        "scale" to output.scale,
        "offset" to output.offset,
    )
}

private fun comparable(entry: ModelEntry): Any? = mapOf(
    "file" to entry.file,
    "format" to entry.format.nameInCard,
    "scheme" to entry.scheme,
    "size_bytes" to entry.sizeBytes.toDouble(),
    "input" to comparable(entry.input),
    "output" to comparable(entry.output),
    "needs" to entry.needs,
    "golden_tolerance" to entry.goldenTolerance,
    "golden_tolerance_why" to entry.goldenToleranceWhy,
    "verified" to entry.verified?.let(::comparable),
)

private fun comparable(spec: TensorSpec): Any? = mapOf(
    "dtype" to spec.dtype.nameInCard,
    "scale" to spec.scale,
    "zero_point" to spec.zeroPoint.toDouble(),
    "shape" to spec.shape.map { it.toDouble() },
    "rows" to spec.rows.map { it.toDouble() },
)

private fun comparable(verified: Verified): Any? = when (verified) {
    is Verified.Labels -> mapOf(
        "samples" to verified.samples.toDouble(),
        "accuracy" to verified.accuracy,
        "drop_points" to verified.dropPoints,
        "agreement" to verified.agreement,
        "largest_difference" to verified.largestDifference,
        "sqnr_db" to verified.sqnrDb,
        "drop_ci95" to verified.dropCi95,
    )
    is Verified.Images -> mapOf(
        "samples" to verified.samples.toDouble(),
        "psnr_db" to verified.psnrDb,
        "worst_psnr_db" to verified.worstPsnrDb,
        "largest_difference" to verified.largestDifference,
    )
}
