// Texts: docs/bundle.md, section 5. What all kinds of tokenizers have in common.

/// Turns a text into rows of numbers, one for each of the model's tensors.
struct TextPreparation: Sendable {
    private let read: @Sendable (CodePoints) throws(SatchelError) -> [[Int32]]

    init(_ read: @escaping @Sendable (CodePoints) throws(SatchelError) -> [[Int32]]) {
        self.read = read
    }

    /// Returns the rows of `text`, int32 (length) each.
    ///
    /// - Throws: ``SatchelError/input`` for a text of more than ``Limits/textLength`` characters,
    ///   and for halves of surrogate pairs that the tokenizer does not take.
    func rows(_ text: CodePoints) throws(SatchelError) -> [[Int32]] { try read(text) }
}

/// Turns a text into token ids, at most as many as the model takes.
protocol Tokenizer: Sendable {
    /// The id that fills a tensor up.
    var pad: Int { get }

    /// Whether the padding stands in front of the ids.
    var padsInFront: Bool { get }

    /// Whether a text may have halves of surrogate pairs.
    var takesSurrogates: Bool { get }

    /// Returns the ids of a text without padding.
    func encode(_ text: [UInt32]) -> [Int]
}

extension Tokenizer {
    var padsInFront: Bool { false }
    var takesSurrogates: Bool { false }
}

/// Returns the tokenizer that a card describes; throws ``SatchelError/card``.
func parseTokenizer(_ fields: Fields) throws(SatchelError) -> TokenizerSpec {
    switch try fields.choice("kind", TokenizerKind.self) {
    case .regex: .regex(try parseRegex(fields))
    case .vectorization: .vectorization(try parseVectorization(fields))
    case .kerasTokenizer: .kerasTokenizer(try parseKerasTokenizer(fields))
    case .wordPiece: .wordPiece(try parseWordPiece(fields))
    case .sentencePiece: .sentencePiece(try parseSentencePiece(fields))
    }
}

private enum TokenizerKind: String, CaseIterable {
    case regex
    case vectorization
    case kerasTokenizer = "keras_tokenizer"
    case wordPiece = "wordpiece"
    case sentencePiece = "sentencepiece"
}

/// Returns what prepares the texts of `input`. `content` is the file that its tokenizer needs.
///
/// - Throws: ``SatchelError/card`` for a delimiter or vocabulary that breaks the rules of its kind;
///   ``SatchelError/engine`` for a kind that this reader does not have.
func openTokenizer(
    _ input: TextInput,
    _ content: [UInt8]
) throws(SatchelError) -> TextPreparation {
    switch input.tokenizer {
    case .regex(let spec):
        preparing(input, try openRegex(spec, content, length: input.length))
    case .vectorization(let spec):
        try openVectorization(spec, content, input)
    case .kerasTokenizer(let spec):
        preparing(input, try openKerasTokenizer(spec, content, length: input.length))
    case .wordPiece(let spec):
        preparing(input, try openWordPiece(spec, content, length: input.length))
    case .sentencePiece(let spec):
        throw refused(spec)
    }
}

/// Returns what prepares texts with `tokenizer`: ids to tensors.
func preparing(_ input: TextInput, _ tokenizer: some Tokenizer) -> TextPreparation {
    TextPreparation { text throws(SatchelError) in
        try checkText(text, takesSurrogates: tokenizer.takesSurrogates)
        let ids = tokenizer.encode(text.values)
        return input.tensors.map { row($0, ids, tokenizer, length: input.length) }
    }
}

private func row(
    _ tensor: TextTensor,
    _ ids: [Int],
    _ tokenizer: some Tokenizer,
    length: Int
) -> [Int32] {
    let begin = tokenizer.padsInFront ? length - ids.count : 0
    let (filler, values): (Int, [Int]) =
        switch tensor {
        case .ids: (tokenizer.pad, ids)
        case .mask: (0, [Int](repeating: 1, count: ids.count))
        case .segments: (0, [])
        }
    var filled = [Int32](repeating: Int32(filler), count: length)
    for (at, value) in values.enumerated() { filled[begin + at] = Int32(value) }
    return filled
}

/// Throws ``SatchelError/input`` for a text that no tokenizer takes, or not this one.
func checkText(_ text: CodePoints, takesSurrogates: Bool) throws(SatchelError) {
    if text.count > Limits.textLength {
        throw SatchelError.input(
            expected: "a text of at most \(Limits.textLength) characters", got: "\(text.count)")
    }
    if !takesSurrogates && !text.isUnicode {
        throw SatchelError.input(
            expected: "a text that UTF-8 can hold",
            got: "half of a surrogate pair",
            remedy: "decode the text again")
    }
}
