// The kind `regex`: docs/bundle.md, section 5. It equals the RegexTokenizer of TFLite Model
// Metadata and MediaPipe Tasks, id for id.

private let pad: CodePoints = "<PAD>"
private let start: CodePoints = "<START>"
private let unknown: CodePoints = "<UNKNOWN>"
private let maxIdDigits = 9
private let blank: UInt32 = 0x20

/// Returns the tokenizer that a card describes; throws ``SatchelError/card``.
func parseRegex(_ fields: Fields) throws(SatchelError) -> RegexSpec {
    RegexSpec(
        delimiter: try fields.text("delimiter"),
        vocabulary: try fields.form("vocabulary", lines))
}

/// Returns the tokenizer; throws ``SatchelError/card`` for a wrong delimiter or vocabulary.
func openRegex(
    _ spec: RegexSpec,
    _ content: [UInt8],
    length: Int
) throws(SatchelError) -> RegexTokenizer {
    RegexTokenizer(
        try CharacterClass.parseDelimiter(spec.delimiter),
        try parseTokensWithIds(content),
        length: length)
}

/// Splits a text at a delimiter, and looks up every token in a vocabulary.
struct RegexTokenizer: Tokenizer {
    private let delimiter: CharacterClass
    private let vocabulary: TokensWithIds
    private let length: Int

    var pad: Int { vocabulary.pad }
    var takesSurrogates: Bool { true }

    init(_ delimiter: CharacterClass, _ vocabulary: TokensWithIds, length: Int) {
        self.delimiter = delimiter
        self.vocabulary = vocabulary
        self.length = length
    }

    func encode(_ text: [UInt32]) -> [Int] {
        var ids = [vocabulary.start]
        if length == 1 { return ids }
        // The rest of the text is not read once all ids are filled.
        delimiter.split(text) { token in
            ids.append(vocabulary.ids[token] ?? vocabulary.unknown)
            return ids.count < length
        }
        return ids
    }
}

/// A vocabulary of tokens and ids.
struct TokensWithIds: Sendable {
    let ids: [CodePoints: Int]
    let pad: Int
    let start: Int
    let unknown: Int
}

/// Returns the id of each token, read from lines of `token id`.
///
/// - Throws: ``SatchelError/card`` unless every line has one new token and one id, and `<PAD>`,
///   `<START>` and `<UNKNOWN>` are among the tokens.
func parseTokensWithIds(_ content: [UInt8]) throws(SatchelError) -> TokensWithIds {
    let lines = try linesOf(content)
    if lines.count > Limits.vocabulary {
        throw SatchelError.card(
            expected: "at most \(Limits.vocabulary) tokens", got: "\(lines.count)")
    }
    var ids: [CodePoints: Int] = [:]
    ids.reserveCapacity(lines.count)
    for (at, line) in lines.enumerated() {
        let (token, digits) = parted(line)
        let id = idOf(digits)
        let isPlain = !token.isEmpty && token.count <= Limits.tokenLength
        guard let id, isPlain, ids.updateValue(id, forKey: token) == nil else {
            throw SatchelError.card(
                expected: "a new token and its id on line \(at + 1) of the vocabulary",
                got: shown(line))
        }
    }
    func idOfSpecial(_ token: CodePoints) throws(SatchelError) -> Int {
        if let id = ids[token] { return id }
        throw SatchelError.card(
            expected: "\(pad.string), \(start.string) and \(unknown.string) in the vocabulary",
            got: "none for \(token.string)")
    }
    return TokensWithIds(
        ids: ids,
        pad: try idOfSpecial(pad),
        start: try idOfSpecial(start),
        unknown: try idOfSpecial(unknown))
}

/// Returns what stands in front of and behind the first space of a line.
private func parted(_ line: CodePoints) -> (token: CodePoints, digits: ArraySlice<UInt32>) {
    guard let at = line.values.firstIndex(of: blank) else { return (line, []) }
    return (CodePoints(line.values[..<at]), line.values[(at + 1)...])
}

private func idOf(_ digits: ArraySlice<UInt32>) -> Int? {
    guard (1...maxIdDigits).contains(digits.count) else { return nil }
    var id = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        id = 10 * id + Int(digit - 0x30)
    }
    return id
}
