// The kind `keras_tokenizer`: docs/bundle.md, section 5. It equals Keras's legacy Tokenizer and
// pad_sequences, id for id.

private let filters = 0...1000
private let separator = 1...20

/// Returns the tokenizer that a card describes; throws ``SatchelError/card``.
func parseKerasTokenizer(_ fields: Fields) throws(SatchelError) -> KerasTokenizerSpec {
    KerasTokenizerSpec(
        vocabulary: try fields.form("vocabulary", listed),
        unit: try fields.choice("unit", TokenUnit.self, missing: .word),
        lower: try fields.flag("lower"),
        filters: try fields.unicodeText("filters", filters, missing: ""),
        separator: try fields.unicodeText("separator", separator, missing: " "),
        unknown: try fields.tokenId("unknown"),
        pad: try fields.int("pad", tokenIds, missing: 0),
        padding: try fields.choice("padding", TextEnd.self, missing: .pre),
        truncating: try fields.choice("truncating", TextEnd.self, missing: .pre))
}

/// Returns the tokenizer; throws ``SatchelError/card`` for a wrong vocabulary.
func openKerasTokenizer(
    _ spec: KerasTokenizerSpec,
    _ content: [UInt8],
    length: Int
) throws(SatchelError) -> some Tokenizer {
    KerasTokenizer(
        spec: spec,
        vocabulary: try parseListed(content),
        length: length,
        filters: Set(spec.filters.values))
}

private struct KerasTokenizer: Tokenizer {
    let spec: KerasTokenizerSpec
    let vocabulary: [CodePoints: Int]
    let length: Int
    let filters: Set<UInt32>

    var pad: Int { spec.pad }
    var padsInFront: Bool { spec.padding == .pre }

    func encode(_ text: [UInt32]) -> [Int] {
        var ids: [Int] = []
        let most = spec.truncating == .post ? length : Int.max
        forEachToken(spec.lower ? lowerCase(text) : text) { token in
            if let id = vocabulary[token] ?? spec.unknown { ids.append(id) }
            return ids.count < most
        }
        return ids.count > length ? Array(ids.suffix(length)) : ids
    }

    /// Calls `each` with the tokens of a text in order, until it returns false.
    private func forEachToken(_ text: [UInt32], each: (CodePoints) -> Bool) {
        switch spec.unit {
        case .character:
            for code in text where !each(CodePoints(CollectionOfOne(code))) { return }
        case .word:
            splitAtText(filtered(text), spec.separator.values) { $0.isEmpty || each($0) }
        }
    }

    private func filtered(_ text: [UInt32]) -> [UInt32] {
        if filters.isEmpty { return text }
        var kept: [UInt32] = []
        kept.reserveCapacity(text.count)
        for code in text {
            if filters.contains(code) {
                kept += spec.separator.values
            } else {
                kept.append(code)
            }
        }
        return kept
    }
}
