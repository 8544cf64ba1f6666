// Vocabularies in which the place of a token is its id: docs/bundle.md, section 5.

/// The name of a file that is a JSON list.
let listed = Form.file(ending: ".json")

/// The name of a file of lines. No other file of a bundle or of a .tflite has such a name.
let lines = Form.file(ending: ".txt", except: "labels.txt")

/// The ids that a token may have.
let tokenIds = 0...Limits.vocabulary - 1

/// Returns the id of each token of a JSON list of texts and nulls; throws ``SatchelError/card``.
func parseListed(_ content: [UInt8]) throws(SatchelError) -> [CodePoints: Int] {
    let value = try loadJson(content, limit: Limits.vocabularyBytes)
    guard case .array(let items) = value else {
        throw SatchelError.card(expected: "a list of tokens as vocabulary", got: shown(value))
    }
    var tokens: [CodePoints?] = []
    tokens.reserveCapacity(items.count)
    for item in items { tokens.append(try tokenOrNil(item)) }
    return try idsOf(tokens)
}

private func tokenOrNil(_ value: Json) throws(SatchelError) -> CodePoints? {
    switch value {
    case .null: return nil
    case .text(let token) where token.isUnicode: return token
    default:
        throw SatchelError.card(
            expected: "texts of UTF-8 and nulls in the vocabulary", got: shown(value))
    }
}

/// Returns the id of each token of UTF-8 lines; throws ``SatchelError/card``.
func parseLines(_ content: [UInt8]) throws(SatchelError) -> [CodePoints: Int] {
    try idsOf(linesOf(content))
}

/// Returns the lines of UTF-8, without the line feed at the end; throws ``SatchelError/card``.
func linesOf(_ content: [UInt8]) throws(SatchelError) -> [CodePoints] {
    guard let text = decodeUtf8(content) else {
        throw SatchelError.card(expected: "a vocabulary in UTF-8", got: "other bytes")
    }
    let end = text.values.last == lineFeed ? text.count - 1 : text.count
    return text.values[..<end].split(separator: lineFeed, omittingEmptySubsequences: false)
        .map { CodePoints($0) }
}

private let lineFeed: UInt32 = 10

private func idsOf(_ tokens: [CodePoints?]) throws(SatchelError) -> [CodePoints: Int] {
    if tokens.isEmpty || tokens.count > Limits.vocabulary {
        throw SatchelError.card(
            expected: "1 to \(Limits.vocabulary) tokens", got: "\(tokens.count)")
    }
    var found: [CodePoints: Int] = [:]
    found.reserveCapacity(tokens.count)
    for (id, token) in tokens.enumerated() {
        guard let token else { continue }
        if token.count > Limits.tokenLength {
            throw SatchelError.card(
                expected: "tokens of at most \(Limits.tokenLength) characters", got: shown(token))
        }
        if found.updateValue(id, forKey: token) != nil {
            throw SatchelError.card(
                expected: "each token once in the vocabulary", got: "\(shown(token)) twice")
        }
    }
    return found
}
