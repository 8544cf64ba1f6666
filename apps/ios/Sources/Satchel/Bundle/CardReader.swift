// The card: docs/bundle.md, section 3.

private let formatVersion = 1

/// The smallest normal number of float32 and less than its largest. A smaller scale overflows.
private let scales = 1.2e-38...3e38
private let shares = 0.0...1.0

/// The largest number of sides of a tensor.
private let maxRank = 8

/// Far more bytes than a bundle may have, and far more samples than any data set has.
private let sizes = 1...(1 << 40)

/// The largest number of inputs of a model: the ids, the mask and the segments of a text.
private let maxInputs = 3

/// Returns the card of a bundle, read from JSON in UTF-8.
///
/// - Throws: ``SatchelError/card`` for a field that is missing, of another type or out of range, for
///   a format version or feature of later, for a card without models, and for JSON that is not
///   plain.
func parseCard(_ content: [UInt8]) throws(SatchelError) -> Card {
    let fields = try fieldsOf(loadJson(content, limit: Limits.cardBytes), "card")
    let required = try checkVersion(fields)
    let task = try fields.choice("task", ModelTask.self)
    let card = Card(
        name: try fields.form("name", .name),
        version: try fields.form("version", .version),
        task: task,
        input: try parseInput(task, fields.inner("input")),
        output: try parseOutput(task, fields.inner("output")),
        models: try modelEntries(fields, task),
        golden: fields.has("golden") ? try fields.text("golden").string : nil,
        files: try digests(fields),
        provenance: try fields.mapping("provenance"))
    if card.models.isEmpty {
        throw SatchelError.card(
            expected: "a bundle with models", got: "a card of none", remedy: "is it a model folder?"
        )
    }
    try checkFeatures(card, required)
    try checkListed(card)
    return card
}

/// Returns the required features; throws ``SatchelError/card`` for a version or feature of later.
private func checkVersion(_ fields: Fields) throws(SatchelError) -> [CodePoints] {
    let version = try fields.int("satchel", Int.min...Int.max)
    if version != formatVersion {
        throw SatchelError.card(
            expected: "bundle format \(formatVersion)",
            got: "\(version)",
            remedy: "update this application")
    }
    let required = try fields.texts("requires", missing: [])
    let known = Set(Feature.allCases.map { CodePoints($0.rawValue) })
    if let unknown = required.first(where: { !known.contains($0) }) {
        throw SatchelError.card(
            expected: "a bundle of features that this reader knows",
            got: shown(unknown),
            remedy: "update this application")
    }
    return required
}

/// Throws ``SatchelError/card`` unless the card lists every file that it names.
private func checkListed(_ card: Card) throws(SatchelError) {
    var needed = card.models.map(\.file)
    if case .text(let input) = card.input { needed.append(input.tokenizer.file) }
    if let golden = card.golden { needed.append(golden) }
    for name in needed where card.files[name] == nil {
        throw SatchelError.card(
            expected: "\(shown(name, 110)) among the card's files", got: "a card without it")
    }
}

private func modelEntries(
    _ fields: Fields,
    _ task: ModelTask
) throws(SatchelError) -> [ModelEntry] {
    var found: [ModelEntry] = []
    for model in try fields.objects("models", most: Limits.models) {
        found.append(try modelEntry(model, task))
    }
    return found
}

private func modelEntry(_ fields: Fields, _ task: ModelTask) throws(SatchelError) -> ModelEntry {
    ModelEntry(
        file: try fields.text("file").string,
        format: try fields.choice("format", ModelFormat.self),
        scheme: try fields.form("scheme", .word),
        sizeBytes: try fields.int("size_bytes", sizes),
        input: try tensorSpec(fields.inner("input")),
        output: try tensorSpec(fields.inner("output")),
        needs: try needs(fields),
        goldenTolerance: try fields.number("golden_tolerance", shares),
        goldenToleranceWhy: try fields.text("golden_tolerance_why").string,
        verified: try verified(fields, task))
}

private func needs(_ fields: Fields) throws(SatchelError) -> [String: String] {
    var found: [String: String] = [:]
    for (engine, value) in try fields.mapping("needs").fields {
        if !Form.word.matches(engine) {
            throw fields.wrong("needs", "an engine's name", .text(engine))
        }
        guard case .text(let version) = value, Form.engineVersion.matches(version) else {
            throw fields.wrong("needs", "a version for \(shown(engine))", value)
        }
        found[engine.string] = version.string
    }
    return found
}

private func verified(_ fields: Fields, _ task: ModelTask) throws(SatchelError) -> Verified? {
    if fields.isNull("verified") { return nil }
    let inner = try fields.inner("verified")
    switch task {
    case .imageClassification, .textClassification: return .labels(try verifiedLabels(inner))
    case .imageGeneration, .styleTransfer: return .images(try verifiedImages(inner))
    }
}

private func verifiedLabels(_ fields: Fields) throws(SatchelError) -> VerifiedLabels {
    VerifiedLabels(
        samples: try fields.int("samples", sizes),
        accuracy: try fields.number("accuracy", shares),
        dropPoints: try fields.number("drop_points", -100...100),
        agreement: try fields.number("agreement", shares),
        largestDifference: try fields.number("largest_difference", shares),
        sqnrDb: try fields.decibel("sqnr_db"),
        dropCi95: try fields.numbers("drop_ci95", [0, 2], missing: []))
}

private func verifiedImages(_ fields: Fields) throws(SatchelError) -> VerifiedImages {
    VerifiedImages(
        samples: try fields.int("samples", sizes),
        psnrDb: try fields.decibel("psnr_db"),
        worstPsnrDb: try fields.decibel("worst_psnr_db"),
        largestDifference: try fields.number("largest_difference", shares))
}

private func tensorSpec(_ fields: Fields) throws(SatchelError) -> TensorSpec {
    let dtype = try fields.choice("dtype", Dtype.self)
    let shape = try fields.wholeNumbers("shape", 1...Int(Int32.max), missing: [])
    if shape.count > maxRank || shape.first ?? 1 != 1 {
        throw fields.wrong("shape", "at most \(maxRank) sides, a batch of 1 in front")
    }
    return TensorSpec(
        dtype: dtype,
        scale: try fields.number("scale", scales, missing: 1),
        zeroPoint: try fields.int("zero_point", zeroPoints(dtype), missing: 0),
        shape: shape,
        rows: try fields.wholeNumbers("rows", 0...maxInputs - 1, missing: []))
}

private func zeroPoints(_ dtype: Dtype) -> ClosedRange<Int> {
    switch dtype {
    case .uint8: 0...255
    case .int8: -128...127
    case .float32, .int32, .int64: 0...0
    }
}

private func digests(_ fields: Fields) throws(SatchelError) -> [String: Digest] {
    var found: [String: Digest] = [:]
    for (name, value) in try fields.mapping("files").fields {
        guard case .text(let text) = value, let digest = Digest(text) else {
            throw SatchelError.card(
                expected: "sha256: and 64 hexadecimal digits for \(shown(name, 110))",
                got: shown(value, 90))
        }
        // No entry of an archive has a name that is not ASCII, so it does not matter that a
        // dictionary takes some of those for equal.
        found[name.string] = digest
    }
    return found
}
