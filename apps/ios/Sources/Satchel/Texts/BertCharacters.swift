// The words of BERT: docs/bundle.md, section 5, `wordpiece`, steps 2 and 3.
//
// What a character is stands in tables, because those of Hugging Face are of several Unicode
// versions, and the platform's would differ.

private let chinese = CharacterSet([
    0x3400, 0x4dbf,
    0x4e00, 0x9fff,
    0xf900, 0xfaff,
    0x20000, 0x2a6df,
    0x2a700, 0x2b81f,
    0x2b920, 0x2ceaf,
    0x2f800, 0x2fa1f,
])

private let blank: UInt32 = 0x20

/// Calls `each` with the words of a text and its punctuation in their order, until it returns
/// false.
func bertWords(_ text: [UInt32], _ spec: WordPieceSpec, each: ([UInt32]) -> Bool) {
    let cleaned = cleaned(text, spec)
    let stripped = spec.stripAccents ? withoutAccents(cleaned) : cleaned
    splitWords(stripped, lower: spec.lower, each: each)
}

/// Takes out what `clean` removes, and puts spaces around Chinese characters.
private func cleaned(_ text: [UInt32], _ spec: WordPieceSpec) -> [UInt32] {
    if !spec.clean && !spec.chinese { return text }
    var kept: [UInt32] = []
    kept.reserveCapacity(text.count)
    for code in text {
        if spec.clean && BertTables.removed.contains(code) { continue }
        if spec.chinese && chinese.contains(code) {
            kept += [blank, code, blank]
        } else {
            kept.append(code)
        }
    }
    return kept
}

private func withoutAccents(_ text: [UInt32]) -> [UInt32] {
    if text.allSatisfy({ $0 < 128 }) { return text }
    return decomposed(text).filter { !BertTables.marks.contains($0) }
}

private func splitWords(_ text: [UInt32], lower: Bool, each: ([UInt32]) -> Bool) {
    var word: [UInt32] = []
    for code in text {
        let isPunctuation = BertTables.punctuation.contains(code)
        if isPunctuation || BertTables.spaces.contains(code) {
            if !word.isEmpty && !each(word) { return }
            word.removeAll(keepingCapacity: true)
            if isPunctuation && !each([code]) { return }
        } else if lower {
            BertTables.lower.append(code, to: &word)
        } else {
            word.append(code)
        }
    }
    if !word.isEmpty { _ = each(word) }
}
