// The kind `vectorization`: docs/bundle.md, section 5. It equals Keras's TextVectorization, id for
// id.

private let maxSteps = 20
private let replaced = 1...200
private let replacement = 0...200
private let widths = 1...10

/// Returns the tokenizer that a card describes; throws ``SatchelError/card``.
func parseVectorization(_ fields: Fields) throws(SatchelError) -> VectorizationSpec {
    var spec = VectorizationSpec(
        vocabulary: try fields.form("vocabulary", listed),
        unknown: try fields.int("unknown", tokenIds),
        split: try fields.choice("split", VectorizationSpec.Split.self),
        ngrams: try fields.wholeNumbers("ngrams", widths, missing: [1]),
        output: try fields.choice("output", VectorizationSpec.IdOutput.self, missing: .int))
    for step in try fields.objects("standardize", most: maxSteps) {
        spec.standardize.append(try parseStep(step))
    }
    let isWhole = spec.split == .none
    if !widths.contains(spec.ngrams.count) || (isWhole && spec.ngrams != [1]) {
        throw fields.wrongValue(
            "ngrams", "1 to \(widths.upperBound) widths, [1] for a text as it is", spec.ngrams)
    }
    return spec
}

private func parseStep(_ fields: Fields) throws(SatchelError) -> StandardizeStep {
    // They are checked even where they are not used, as every reader does.
    let text = try fields.optionalText("text", replaced)
    let characters = try fields.optionalText("characters", replaced)
    let by = try fields.optionalText("by", replacement)
    if try fields.choice("step", StepName.self) == .lower { return .lower }
    if let by, let text, characters == nil { return .replaceText(text, by: by) }
    if let by, let characters, text == nil { return .replaceCharacters(characters, by: by) }
    throw fields.wrong("step", "by and either text or characters to replace")
}

private enum StepName: String, CaseIterable {
    case lower
    case replace
}

/// Returns what prepares texts.
///
/// - Throws: ``SatchelError/card`` for a wrong class of characters or vocabulary, and for counts of
///   ids that the model's length does not have.
func openVectorization(
    _ spec: VectorizationSpec,
    _ content: [UInt8],
    _ input: TextInput
) throws(SatchelError) -> TextPreparation {
    let vocabulary = try parseListed(content)
    let vectorization = try Vectorization(spec, vocabulary, length: input.length)
    if spec.output == .int { return preparing(input, vectorization) }
    let output = spec.output.rawValue
    if input.tensors.count > 1 {
        throw SatchelError.card(
            expected: "one tensor for \(output)", got: "\(input.tensors.count)")
    }
    let highest = max(vocabulary.values.max() ?? 0, spec.unknown)
    if highest >= input.length {
        throw SatchelError.card(
            expected: "ids below the length \(input.length) for \(output)", got: "\(highest)")
    }
    return TextPreparation { text throws(SatchelError) in
        try checkText(text, takesSurrogates: false)
        return [vectorization.count(text.values)]
    }
}

private struct Vectorization: Tokenizer {
    private let spec: VectorizationSpec
    private let vocabulary: [CodePoints: Int]
    private let length: Int
    private let changes: [Change]

    var pad: Int { 0 }

    init(
        _ spec: VectorizationSpec,
        _ vocabulary: [CodePoints: Int],
        length: Int
    ) throws(SatchelError) {
        var changes: [Change] = []
        for step in spec.standardize { changes.append(try changeOf(step)) }
        self.spec = spec
        self.vocabulary = vocabulary
        self.length = length
        self.changes = changes
    }

    func encode(_ text: [UInt32]) -> [Int] {
        var ids: [Int] = []
        forEachId(text) { id in
            ids.append(id)
            return ids.count < length
        }
        return ids
    }

    /// Returns for each id whether or how often it occurs, int32 (length).
    func count(_ text: [UInt32]) -> [Int32] {
        var found = [Int32](repeating: 0, count: length)
        forEachId(text) { id in
            // A text has at most 2^24 characters and 10 n-grams at each, which 32 bits hold.
            found[id] = spec.output == .count ? found[id] &+ 1 : 1
            return true
        }
        return found
    }

    /// Calls `each` with the ids of a text in order, until it returns false.
    private func forEachId(_ text: [UInt32], each: (Int) -> Bool) {
        var changed = text
        for change in changes { changed = change(changed) }
        forEachGram(changed) { each(vocabulary[$0] ?? spec.unknown) }
    }

    private func forEachGram(_ text: [UInt32], each: (CodePoints) -> Bool) {
        if spec.ngrams == [1] { return forEachToken(text, each: each) }
        var tokens: [CodePoints] = []
        forEachToken(text) { token in
            tokens.append(token)
            return true
        }
        for width in spec.ngrams where width <= tokens.count {
            for at in 0...tokens.count - width {
                let gram = tokens[at..<at + width].map(\.values).joined(separator: [blank])
                if !each(CodePoints(gram)) { return }
            }
        }
    }

    private func forEachToken(_ text: [UInt32], each: (CodePoints) -> Bool) {
        switch spec.split {
        case .whitespace: splitAtWhiteSpace(text, each: each)
        case .character: for code in text where !each(CodePoints(CollectionOfOne(code))) { return }
        case .none: _ = each(CodePoints(text))
        }
    }
}

private let blank: UInt32 = 0x20

/// Calls `each` with the texts between tabs, line feeds, vertical tabs, form feeds, carriage
/// returns and spaces in order, without empty ones, until it returns false.
private func splitAtWhiteSpace(_ text: [UInt32], each: (CodePoints) -> Bool) {
    var begin = 0
    for at in 0...text.count where at == text.count || isWhiteSpace(text[at]) {
        if at > begin && !each(CodePoints(text[begin..<at])) { return }
        begin = at + 1
    }
}

private func isWhiteSpace(_ code: UInt32) -> Bool { (9...13).contains(code) || code == blank }

private typealias Change = @Sendable ([UInt32]) -> [UInt32]

private func changeOf(_ step: StandardizeStep) throws(SatchelError) -> Change {
    switch step {
    case .lower:
        return { text in text.map { isUpperAscii($0) ? $0 + 32 : $0 } }
    case .replaceText(let replaced, let by):
        return { text in replace(text, replaced.values, by: by.values) }
    case .replaceCharacters(let pattern, let by):
        let characters = try CharacterClass.parse(pattern)
        return { text in characters.replace(text, by: by.values) }
    }
}

/// Returns `text` with `by` wherever `replaced` stands, from the left, without overlaps.
private func replace(_ text: [UInt32], _ replaced: [UInt32], by: [UInt32]) -> [UInt32] {
    var changed: [UInt32] = []
    changed.reserveCapacity(text.count)
    var isFirst = true
    splitAtText(text, replaced) { part in
        if !isFirst { changed += by }
        changed += part.values
        isFirst = false
        return true
    }
    return changed
}

/// Calls `each` with the parts of a text around each `separator`, from the left, in order and with
/// empty ones, until it returns false. `separator` has at least one character.
func splitAtText(_ text: [UInt32], _ separator: [UInt32], each: (CodePoints) -> Bool) {
    var begin = 0
    var at = 0
    while at + separator.count <= text.count {
        if text[at] == separator[0] && text[at..<at + separator.count].elementsEqual(separator) {
            if !each(CodePoints(text[begin..<at])) { return }
            at += separator.count
            begin = at
        } else {
            at += 1
        }
    }
    _ = each(CodePoints(text[begin...]))
}
