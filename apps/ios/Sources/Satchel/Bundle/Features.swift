// The features of a card that came after the first bundles: docs/bundle.md, section 3.

/// Checks that a card names the features that it uses, and that its shapes hold their numbers.
///
/// - Throws: ``SatchelError/card`` for a feature that is not `required`, for a shape and for rows
///   that do not fit.
func checkFeatures(_ card: Card, _ required: [CodePoints]) throws(SatchelError) {
    if let missing = featuresOf(card).first(where: { !required.contains(CodePoints($0.rawValue)) })
    {
        let feature = shown(missing.rawValue)
        throw SatchelError.card(
            expected: "the feature \(feature) that the card uses in card.requires", got: "none")
    }
    for model in card.models {
        try checkShape(model.input, shapeOf(card.input), model.file)
        try checkShape(model.output, shapeOf(card.output), model.file)
        try checkRows(model, card.input)
    }
}

/// Returns the shape of the input tensor, with the batch of 1.
func shapeOf(_ input: Input) -> [Int] {
    switch input {
    case .image(let input): [1, input.height, input.width, input.channels]
    case .text(let input): [1, input.length]
    case .latent(let input): [1, input.length]
    }
}

/// Returns the shape of the output tensor, with the batch of 1.
func shapeOf(_ output: Output) -> [Int] {
    switch output {
    case .labels(let output): [1, output.hasOneNumber ? 1 : output.labels.count]
    case .image(let output): [1, output.height, output.width, 3]
    }
}

private func featuresOf(_ card: Card) -> [Feature] {
    var found: [Feature] = []
    switch card.input {
    case .image(let input): found += featuresOf(input)
    case .text(let input): found += featuresOf(input)
    case .latent: break
    }
    if case .labels(let output) = card.output { found += featuresOf(output) }
    let tensors = card.models.flatMap { [$0.input, $0.output] }
    if tensors.contains(where: { $0.dtype == .int64 }) { found.append(.int64) }
    if tensors.contains(where: { !$0.shape.isEmpty }) { found.append(.tensorShape) }
    return found
}

private func featuresOf(_ input: ImageInput) -> [Feature] {
    var found: [Feature] = []
    if input.channelOrder != .rgb { found.append(.channelOrder) }
    if input.channels == 1 { found.append(.grey) }
    if input.fit == .letterbox { found.append(.letterbox) }
    return found
}

private func featuresOf(_ input: TextInput) -> [Feature] {
    var found: [Feature] = []
    if input.tensors.count > 1 { found.append(.severalInputs) }
    switch input.tokenizer {
    case .regex: break
    case .kerasTokenizer: found.append(.tokenizerKeras)
    case .sentencePiece: found.append(.tokenizerSentencePiece)
    case .vectorization: found.append(.tokenizerVectorization)
    case .wordPiece: found.append(.tokenizerWordPiece)
    }
    return found
}

private func featuresOf(_ output: LabelOutput) -> [Feature] {
    var found: [Feature] = []
    if output.multiLabel { found.append(.multiLabel) }
    if Set(output.labels.map { CodePoints($0) }).count < output.labels.count {
        found.append(.repeatedLabels)
    }
    if output.activation == .logit { found.append(.singleLogit) }
    return found
}

private func checkShape(
    _ tensor: TensorSpec,
    _ expected: [Int],
    _ file: String
) throws(SatchelError) {
    if tensor.shape.isEmpty || product(tensor.shape) == product(expected) { return }
    throw SatchelError.card(
        expected: "a shape of the numbers of \(expected) in \(shown(file, 110))",
        got: "\(tensor.shape)")
}

/// Throws ``SatchelError/card`` unless each row of a text of several tensors belongs to one input.
private func checkRows(_ model: ModelEntry, _ input: Input) throws(SatchelError) {
    let tensors = if case .text(let input) = input { input.tensors.count } else { 1 }
    let several = tensors > 1 ? tensors : 0
    if model.input.rows.sorted() != Array(0..<several) || !model.output.rows.isEmpty {
        throw SatchelError.card(
            expected: "each of \(several) rows once for the inputs of \(shown(model.file, 110))",
            got: "\(model.input.rows)")
    }
    if several > 0 && !model.input.shape.isEmpty {
        throw SatchelError.card(
            expected: "no shape for the \(several) inputs of \(shown(model.file, 110))",
            got: "\(model.input.shape)")
    }
}

/// Returns the product of a shape's sides. Eight sides of 31 bits are beyond every number type.
private func product(_ shape: [Int]) -> Double { shape.reduce(1) { $0 * Double($1) } }
