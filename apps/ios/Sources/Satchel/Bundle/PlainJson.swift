/// Returns the value of plain JSON in UTF-8 of at most `limit` bytes.
///
/// The platform's parser would not do: it accepts a key twice, and does not tell 1 from 1.0, which
/// is no whole number in a card.
///
/// - Throws: ``SatchelError/card`` for duplicate keys, NaN, numbers beyond doubles, a byte order
///   mark and nesting beyond ``Limits/jsonDepth``.
func loadJson(_ content: [UInt8], limit: Int) throws(SatchelError) -> Json {
    if content.count > limit {
        throw SatchelError.card(expected: "at most \(limit) bytes of JSON", got: "\(content.count)")
    }
    guard let text = decodeUtf8(content) else { throw notPlain("bytes that are not UTF-8") }
    var parser = Parser(text.values)
    return try parser.parse()
}

private func notPlain(_ reason: String) -> SatchelError {
    .card(expected: "plain JSON in UTF-8", got: "something else", remedy: reason)
}

/// A recursive descent parser of RFC 8259's grammar. Its limit of depth protects the stack.
private struct Parser {
    private let text: [UInt32]
    private var at = 0

    init(_ text: [UInt32]) { self.text = text }

    mutating func parse() throws(SatchelError) -> Json {
        let value = try value(depth: 1)
        skipSpace()
        if at < text.count { throw unexpected() }
        return value
    }

    private mutating func value(depth: Int) throws(SatchelError) -> Json {
        if depth > Limits.jsonDepth {
            throw notPlain("it nests deeper than \(Limits.jsonDepth)")
        }
        skipSpace()
        switch peek() {
        case "{": return try object(depth)
        case "[": return try array(depth)
        case "\"": return .text(try string())
        case "n": return try word("null", .null)
        case "t": return try word("true", .flag(true))
        case "f": return try word("false", .flag(false))
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(SatchelError) -> Json {
        var fields = JsonObject()
        try expect("{")
        if accept("}") { return .object(fields) }
        repeat {
            skipSpace()
            let name = try string()
            if fields[name] != nil { throw notPlain("a key comes twice") }
            try expect(":")
            fields[name] = try value(depth: depth + 1)
        } while accept(",")
        try expect("}")
        return .object(fields)
    }

    private mutating func array(_ depth: Int) throws(SatchelError) -> Json {
        var items: [Json] = []
        try expect("[")
        if accept("]") { return .array(items) }
        repeat { items.append(try value(depth: depth + 1)) } while accept(",")
        try expect("]")
        return .array(items)
    }

    private mutating func word(_ literal: String, _ value: Json) throws(SatchelError) -> Json {
        let codes = literal.unicodeScalars.map(\.value)
        if !text[at...].starts(with: codes) { throw unexpected() }
        at += codes.count
        return value
    }

    private mutating func string() throws(SatchelError) -> CodePoints {
        if peek() != "\"" { throw unexpected() }
        at += 1
        var begin = at
        skipPlainCharacters()
        var value = Array(text[begin..<at])
        while peek() == "\\" {
            append(try escaped(), to: &value)
            begin = at
            skipPlainCharacters()
            value += text[begin..<at]
        }
        if peek() != "\"" { throw unexpected() }
        at += 1
        return CodePoints(value)
    }

    /// Appends what an escape stands for. Two halves of a pair that are both escaped are one
    /// character.
    private func append(_ code: UInt32, to value: inout [UInt32]) {
        if let high = value.last, (0xd800...0xdbff).contains(high), (0xdc00...0xdfff).contains(code)
        {
            value[value.count - 1] = 0x10000 + (high - 0xd800) << 10 + (code - 0xdc00)
        } else {
            value.append(code)
        }
    }

    private mutating func skipPlainCharacters() {
        while at < text.count, text[at] >= 0x20, text[at] != 0x22, text[at] != 0x5c { at += 1 }
    }

    private mutating func escaped() throws(SatchelError) -> UInt32 {
        at += 1
        let kind = peek()
        if kind == "u" { return try hexadecimal() }
        let found: Unicode.Scalar
        switch kind {
        case "\"", "\\", "/": found = kind
        case "b": found = "\u{8}"
        case "f": found = "\u{c}"
        case "n": found = "\n"
        case "r": found = "\r"
        case "t": found = "\t"
        default: throw unexpected()
        }
        at += 1
        return found.value
    }

    private mutating func hexadecimal() throws(SatchelError) -> UInt32 {
        at += 1
        var code: UInt32 = 0
        for _ in 0..<4 {
            let next = peek()
            let digit: UInt32
            switch next {
            case "0"..."9": digit = next.value - 0x30
            case "a"..."f": digit = next.value - 0x61 + 10
            case "A"..."F": digit = next.value - 0x41 + 10
            default: throw unexpected()
            }
            code = 16 * code + digit
            at += 1
        }
        return code
    }

    private mutating func number() throws(SatchelError) -> Json {
        let begin = at
        if peek() == "-" { at += 1 }
        if peek() == "0" { at += 1 } else { try skipDigits() }
        let hasFraction = try skipFraction()
        let hasExponent = try skipExponent()
        // All of it is ASCII by now.
        let literal = CodePoints(text[begin..<at]).string
        guard let value = Double(literal), value.isFinite else {
            throw notPlain("\(literal.prefix(20)) is beyond all numbers")
        }
        return hasFraction || hasExponent ? .real(value) : .whole(literal)
    }

    private mutating func skipFraction() throws(SatchelError) -> Bool {
        if peek() != "." { return false }
        at += 1
        try skipDigits()
        return true
    }

    private mutating func skipExponent() throws(SatchelError) -> Bool {
        if peek() != "e" && peek() != "E" { return false }
        at += 1
        if peek() == "+" || peek() == "-" { at += 1 }
        try skipDigits()
        return true
    }

    /// Moves behind one or more digits.
    private mutating func skipDigits() throws(SatchelError) {
        if !isDigit(peek()) { throw unexpected() }
        while isDigit(peek()) { at += 1 }
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private mutating func skipSpace() {
        while at < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[at]) { at += 1 }
    }

    private mutating func accept(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        let here = peek() == mark
        if here { at += 1 }
        return here
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(SatchelError) {
        if !accept(mark) { throw unexpected() }
    }

    /// Returns the next character; behind the end, one that no JSON has.
    private func peek() -> Unicode.Scalar {
        at < text.count ? Unicode.Scalar(text[at]) ?? "\0" : "\0"
    }

    private func unexpected() -> SatchelError {
        let next = CodePoints(text[min(at, text.count)..<min(at + 20, text.count)])
        return notPlain(next.isEmpty ? "it is cut short" : "\(shown(next)) at character \(at)")
    }
}
