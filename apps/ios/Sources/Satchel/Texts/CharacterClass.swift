// Character classes, which are the only patterns of a card: docs/bundle.md, section 5.
//
// They are sets of characters, so no regular expression engine is needed, whose version and Unicode
// tables would be the platform's.

private let maxPatternLength = 200
private let lastCharacter: UInt32 = 0x10ffff
private let asciiEnd: UInt32 = 128

/// Doubled marks, which are operations on sets in some languages' regular expressions.
private let doubled: [UInt32] = "&|-~".unicodeScalars.map(\.value)

private let digit = [code("0")...code("9")]
private let word =
    digit + [code("A")...code("Z"), code("_")...code("_"), code("a")...code("z")]

/// Tab and line feed, form feed and carriage return, space.
private let space: [ClosedRange<UInt32>] = [9...10, 12...13, 32...32]

/// Returns the code point of a character in the source.
private func code(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }

/// A set of characters. Halves of surrogate pairs that stand alone are characters too.
struct CharacterClass: Sendable {
    private let ranges: [ClosedRange<UInt32>]
    private let ascii: [Bool]

    /// Whether the pattern takes runs of characters, and not each by itself.
    let repeated: Bool

    private init(_ ranges: [ClosedRange<UInt32>], negated: Bool, repeated: Bool) {
        let ranges = negated ? complement(ranges) : ranges
        self.ranges = ranges
        ascii = (0..<asciiEnd).map { code in ranges.contains { $0.contains(code) } }
        self.repeated = repeated
    }

    func contains(_ code: UInt32) -> Bool {
        code < asciiEnd ? ascii[Int(code)] : ranges.contains { $0.contains(code) }
    }

    /// Returns `text` with `by` in the place of each character of the class, or of each run.
    func replace(_ text: [UInt32], by: [UInt32]) -> [UInt32] {
        var changed: [UInt32] = []
        changed.reserveCapacity(text.count)
        var isInRun = false
        for code in text {
            let matches = contains(code)
            if !matches {
                changed.append(code)
            } else if !isInRun {
                changed.append(contentsOf: by)
            }
            isInRun = matches && repeated
        }
        return changed
    }

    /// Calls `each` with the texts between the characters of the class in order, without empty
    /// ones, until it returns false.
    func split(_ text: [UInt32], each: (CodePoints) -> Bool) {
        var begin = 0
        for at in 0..<text.count where contains(text[at]) {
            if at > begin && !each(CodePoints(text[begin..<at])) { return }
            begin = at + 1
        }
        if begin < text.count { _ = each(CodePoints(text[begin...])) }
    }

    /// Returns the class that a delimiter names, which must be repeated; throws
    /// ``SatchelError/card`` for anything else.
    static func parseDelimiter(_ pattern: CodePoints) throws(SatchelError) -> CharacterClass {
        if pattern.values.last != code("+") { throw wrongClass(pattern) }
        return try parse(pattern)
    }

    /// Returns the class that `pattern` names, with or without a `+` behind it; throws
    /// ``SatchelError/card`` for anything else.
    static func parse(_ pattern: CodePoints) throws(SatchelError) -> CharacterClass {
        let found = pattern.values
        if found.count > maxPatternLength || hasDoubled(found) { throw wrongClass(pattern) }
        let repeated = found.last == code("+")
        let body = repeated ? Array(found.dropLast()) : found
        if body.count == 2, body[0] == code("\\"), let alone = classOf(body[1]) {
            return CharacterClass(alone, negated: false, repeated: repeated)
        }
        if body.count < 2 || body.first != code("[") || body.last != code("]") {
            throw wrongClass(pattern)
        }
        let negated = body[1] == code("^")
        let items = body.dropFirst(negated ? 2 : 1).dropLast()
        guard let ranges = parseItems(Array(items)) else { throw wrongClass(pattern) }
        return CharacterClass(ranges, negated: negated, repeated: repeated)
    }
}

private func hasDoubled(_ pattern: [UInt32]) -> Bool {
    zip(pattern, pattern.dropFirst()).contains { one, next in one == next && doubled.contains(one) }
}

private func wrongClass(_ pattern: CodePoints) -> SatchelError {
    .card(
        expected: "one repeated character class such as [^\\w']+ as delimiter",
        got: shown(pattern))
}

/// An item of a class as it is written: one character, or an escaped class such as `\w`.
private struct Item {
    let code: UInt32
    let ranges: [ClosedRange<UInt32>]
    let isEscaped: Bool

    var isCharacter: Bool { ranges.count == 1 && ranges[0].count == 1 }
    var isDash: Bool { code == Satchel.code("-") && !isEscaped }
    var isSpace: Bool { code == Satchel.code("s") && isEscaped }
}

/// Returns the ranges that the items of a class name; nil if they are not such items.
private func parseItems(_ text: [UInt32]) -> [ClosedRange<UInt32>]? {
    guard let items = itemsOf(text), !items.isEmpty, !hasRangeOfSpaces(items) else { return nil }
    var ranges: [ClosedRange<UInt32>] = []
    var at = 0
    while at < items.count {
        if at + 2 < items.count && items[at + 1].isDash {
            guard let range = rangeOf(items[at], items[at + 2]) else { return nil }
            ranges.append(range)
            at += 3
        } else {
            ranges += items[at].ranges
            at += 1
        }
    }
    return ranges
}

private func rangeOf(_ first: Item, _ last: Item) -> ClosedRange<UInt32>? {
    guard first.isCharacter, last.isCharacter, first.code <= last.code else { return nil }
    return first.code...last.code
}

/// Returns whether white space stands where its first or last character would end a range.
private func hasRangeOfSpaces(_ items: [Item]) -> Bool {
    items.indices.dropLast(2).contains { at in
        let (first, dash, last) = (items[at], items[at + 1], items[at + 2])
        let begins = !first.isEscaped && first.code <= code("\t")
        return dash.isDash && (first.isSpace || (begins && last.isSpace))
    }
}

private func itemsOf(_ text: [UInt32]) -> [Item]? {
    var items: [Item] = []
    var at = 0
    while at < text.count {
        let isEscaped = text[at] == code("\\")
        if isEscaped { at += 1 }
        if at == text.count { return nil }
        let found = text[at]
        let isBracket = found == code("[") || found == code("]")
        if isBracket && !isEscaped { return nil }
        let named = isEscaped ? classOf(found) ?? escapedCharacter(found) : [found...found]
        guard let ranges = named else { return nil }
        items.append(Item(code: found, ranges: ranges, isEscaped: isEscaped))
        at += 1
    }
    return items
}

/// Returns the characters of a class such as `\w`, by the letter behind the backslash.
private func classOf(_ letter: UInt32) -> [ClosedRange<UInt32>]? {
    switch letter {
    case code("w"): word
    case code("W"): complement(word)
    case code("d"): digit
    case code("D"): complement(digit)
    case code("s"): space
    default: nil
    }
}

private func escapedCharacter(_ found: UInt32) -> [ClosedRange<UInt32>]? {
    "][^\\-".unicodeScalars.contains { $0.value == found } ? [found...found] : nil
}

/// Returns the ranges of all characters that are in none of `ranges`.
private func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var others: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if range.lowerBound > next { others.append(next...range.lowerBound - 1) }
        next = max(next, range.upperBound + 1)
    }
    if next <= lastCharacter { others.append(next...lastCharacter) }
    return others
}
