@testable import Satchel

// A card as the vectors write it: with all defaults, and the names of the fields in a card.

/// Returns a value in which 1 and 1.0 are the same number, and the order of fields does not count.
func comparable(_ value: Json) -> Json {
    switch value {
    case .object(let object):
        let sorted = object.fields.sorted { $0.name.string < $1.name.string }
        return objectOf(sorted.map { ($0.name.string, comparable($0.value)) })
    case .array(let items): return .array(items.map(comparable))
    case .whole(let digits): return .real(Double(digits) ?? .nan)
    default: return value
    }
}

func cardAsJson(_ card: Card) -> Json {
    objectOf([
        ("name", text(card.name)),
        ("version", text(card.version)),
        ("task", text(card.task.rawValue)),
        ("input", inputAsJson(card.input)),
        ("output", outputAsJson(card.output)),
        ("models", .array(card.models.map(modelAsJson))),
        ("golden", text(card.golden)),
        ("files", objectOf(card.files.map { ($0.key, text($0.value.text)) })),
        ("provenance", .object(card.provenance)),
    ])
}

private func objectOf(_ fields: [(String, Json)]) -> Json {
    var object = JsonObject()
    for (name, value) in fields { object[CodePoints(name)] = value }
    return .object(object)
}

private func text(_ text: String?) -> Json { text.map { .text(CodePoints($0)) } ?? .null }

private func text(_ text: CodePoints?) -> Json { text.map { .text($0) } ?? .null }

private func number(_ value: Double?) -> Json { value.map { .real($0) } ?? .null }

private func number(_ value: Int?) -> Json { number(value.map(Double.init)) }

private func inputAsJson(_ input: Input) -> Json {
    switch input {
    case .image(let input):
        objectOf([
            ("kind", text("image")),
            ("height", number(input.height)),
            ("width", number(input.width)),
            ("channels", number(input.channels)),
            ("fit", text(input.fit.rawValue)),
            ("background", colorAsJson(input.background)),
            ("scale", .array(input.scale.map { .real($0) })),
            ("offset", .array(input.offset.map { .real($0) })),
            ("channel_order", text(input.channelOrder.rawValue)),
            ("padding", colorAsJson(input.padding)),
        ])
    case .text(let input):
        objectOf([
            ("kind", text("text")),
            ("length", number(input.length)),
            ("tokenizer", tokenizerAsJson(input.tokenizer)),
            ("tensors", .array(input.tensors.map { text($0.rawValue) })),
        ])
    case .latent(let input):
        objectOf([("kind", text("latent")), ("length", number(input.length))])
    }
}

private func colorAsJson(_ color: RGBColor) -> Json {
    .array([color.red, color.green, color.blue].map { .real(Double($0)) })
}

private func tokenizerAsJson(_ spec: TokenizerSpec) -> Json {
    switch spec {
    case .regex(let spec):
        objectOf([
            ("kind", text("regex")),
            ("delimiter", text(spec.delimiter)),
            ("vocabulary", text(spec.vocabulary)),
        ])
    case .vectorization(let spec):
        objectOf([
            ("kind", text("vectorization")),
            ("vocabulary", text(spec.vocabulary)),
            ("unknown", number(spec.unknown)),
            ("standardize", .array(spec.standardize.map(stepAsJson))),
            ("split", text(spec.split.rawValue)),
            ("ngrams", .array(spec.ngrams.map { number($0) })),
            ("output", text(spec.output.rawValue)),
        ])
    case .kerasTokenizer(let spec):
        objectOf([
            ("kind", text("keras_tokenizer")),
            ("vocabulary", text(spec.vocabulary)),
            ("unit", text(spec.unit.rawValue)),
            ("lower", .flag(spec.lower)),
            ("filters", text(spec.filters)),
            ("separator", text(spec.separator)),
            ("unknown", number(spec.unknown)),
            ("pad", number(spec.pad)),
            ("padding", text(spec.padding.rawValue)),
            ("truncating", text(spec.truncating.rawValue)),
        ])
    case .wordPiece(let spec): wordPieceAsJson(spec)
    case .sentencePiece: text("no vector has one")
    }
}

private func wordPieceAsJson(_ spec: WordPieceSpec) -> Json {
    objectOf([
        ("kind", text("wordpiece")),
        ("vocabulary", text(spec.vocabulary)),
        ("lower", .flag(spec.lower)),
        ("strip_accents", .flag(spec.stripAccents)),
        ("clean", .flag(spec.clean)),
        ("chinese", .flag(spec.chinese)),
        ("unknown", text(spec.unknown)),
        ("start", text(spec.start)),
        ("end", text(spec.end)),
        ("pad", text(spec.pad)),
        ("prefix", text(spec.prefix)),
        ("word_length", number(spec.wordLength)),
        ("specials", .array(spec.specials.map { text($0) })),
    ])
}

private func stepAsJson(_ step: StandardizeStep) -> Json {
    switch step {
    case .lower: stepOf("lower", nil, nil, nil)
    case .replaceText(let replaced, let by): stepOf("replace", replaced, nil, by)
    case .replaceCharacters(let characters, let by): stepOf("replace", nil, characters, by)
    }
}

private func stepOf(
    _ step: String,
    _ replaced: CodePoints?,
    _ characters: CodePoints?,
    _ by: CodePoints?
) -> Json {
    objectOf([
        ("step", text(step)), ("text", text(replaced)), ("characters", text(characters)),
        ("by", text(by)),
    ])
}

private func outputAsJson(_ output: Output) -> Json {
    switch output {
    case .labels(let output):
        objectOf([
            ("kind", text("labels")),
            ("labels", .array(output.labels.map { text($0) })),
            ("activation", text(output.activation.rawValue)),
            ("multi_label", .flag(output.multiLabel)),
            ("thresholds", .array(output.thresholds.map { .real($0) })),
            ("ids", .array(output.ids.map { text($0) })),
        ])
    case .image(let output):
        objectOf([
            ("kind", text("image")),
            ("height", number(output.height)),
            ("width", number(output.width)),
            ("channels", number(3)),
            ("scale", .array(output.scale.map { .real($0) })),
            ("offset", .array(output.offset.map { .real($0) })),
        ])
    }
}

private func modelAsJson(_ entry: ModelEntry) -> Json {
    objectOf([
        ("file", text(entry.file)),
        ("format", text(entry.format.rawValue)),
        ("scheme", text(entry.scheme)),
        ("size_bytes", number(entry.sizeBytes)),
        ("input", tensorAsJson(entry.input)),
        ("output", tensorAsJson(entry.output)),
        ("needs", objectOf(entry.needs.map { ($0.key, text($0.value)) })),
        ("golden_tolerance", number(entry.goldenTolerance)),
        ("golden_tolerance_why", text(entry.goldenToleranceWhy)),
        ("verified", entry.verified.map(verifiedAsJson) ?? .null),
    ])
}

private func tensorAsJson(_ spec: TensorSpec) -> Json {
    objectOf([
        ("dtype", text(spec.dtype.rawValue)),
        ("scale", number(spec.scale)),
        ("zero_point", number(spec.zeroPoint)),
        ("shape", .array(spec.shape.map { number($0) })),
        ("rows", .array(spec.rows.map { number($0) })),
    ])
}

private func verifiedAsJson(_ verified: Verified) -> Json {
    switch verified {
    case .labels(let found):
        objectOf([
            ("samples", number(found.samples)),
            ("accuracy", number(found.accuracy)),
            ("drop_points", number(found.dropPoints)),
            ("agreement", number(found.agreement)),
            ("largest_difference", number(found.largestDifference)),
            ("sqnr_db", number(found.sqnrDb)),
            ("drop_ci95", .array(found.dropCi95.map { .real($0) })),
        ])
    case .images(let found):
        objectOf([
            ("samples", number(found.samples)),
            ("psnr_db", number(found.psnrDb)),
            ("worst_psnr_db", number(found.worstPsnrDb)),
            ("largest_difference", number(found.largestDifference)),
        ])
    }
}
