private let shownCharacters = 60

/// Returns an untrusted text as part of a line of a message: quoted, at most `most` characters.
func shown(_ text: CodePoints, _ most: Int = shownCharacters) -> String {
    var line = Line(most: most)
    line.quote(text)
    return line.text
}

/// Returns an untrusted text as part of a line of a message: quoted, at most `most` characters.
func shown(_ text: String, _ most: Int = shownCharacters) -> String {
    shown(CodePoints(text.unicodeScalars.prefix(most).map(\.value)), most)
}

/// Returns an untrusted value as part of a line of a message; nil stands for a missing field.
func shown(_ value: Json?, _ most: Int = shownCharacters) -> String {
    guard let value else { return "nothing" }
    var line = Line(most: most)
    line.write(value)
    return line.text
}

/// Writes JSON until it has as many characters as a message shows.
private struct Line {
    let most: Int
    private var written = String.UnicodeScalarView()
    private var count = 0

    init(most: Int) { self.most = most }

    var text: String { String(written) }

    mutating func write(_ value: Json) {
        if count >= most { return }
        switch value {
        case .object(let object):
            list("{", object.fields, "}") { line, field in
                line.quote(field.name)
                line.append(":")
                line.write(field.value)
            }
        case .array(let items): list("[", items, "]") { line, item in line.write(item) }
        case .text(let text): quote(text)
        case .whole(let digits): append(String(digits.prefix(most)))
        case .real(let number): append("\(number)")
        case .flag(let flag): append("\(flag)")
        case .null: append("null")
        }
    }

    private mutating func list<Item>(
        _ open: String,
        _ items: [Item],
        _ close: String,
        each: (inout Line, Item) -> Void
    ) {
        append(open)
        for (at, item) in items.enumerated() {
            if count >= most { return }
            if at > 0 { append(",") }
            each(&self, item)
        }
        append(close)
    }

    mutating func quote(_ text: CodePoints) {
        append("\"")
        for code in text.values {
            if count >= most { return }
            guard let scalar = Unicode.Scalar(code), !isUnfitForALine(code) else {
                escape(code)
                continue
            }
            if scalar == "\"" || scalar == "\\" { append("\\") }
            append(scalar)
        }
        append("\"")
    }

    private mutating func escape(_ code: UInt32) {
        let digits = String(code, radix: 16)
        append("\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits)
    }

    private mutating func append(_ text: String) {
        for scalar in text.unicodeScalars { append(scalar) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if count >= most { return }
        written.append(scalar)
        count += 1
    }
}

/// Returns whether a character is a control, a line separator or a change of direction.
func isUnfitForALine(_ code: UInt32) -> Bool {
    switch code {
    case 0...0x1f, 0x7f...0x9f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
}
