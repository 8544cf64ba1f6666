@testable import Satchel

/// Returns JSON in ASCII. Whole numbers stay whole.
func written(_ value: Json) -> [UInt8] { Array(writtenText(value).utf8) }

private func writtenText(_ value: Json) -> String {
    switch value {
    case .object(let object):
        let fields = object.fields.map { "\(quoted($0.name)):\(writtenText($0.value))" }
        return "{\(fields.joined(separator: ","))}"
    case .array(let items): return "[\(items.map(writtenText).joined(separator: ","))]"
    case .text(let text): return quoted(text)
    case .whole(let digits): return digits
    case .real(let number): return "\(number)"
    case .flag(let flag): return "\(flag)"
    case .null: return "null"
    }
}

private func quoted(_ text: CodePoints) -> String {
    let pieces = text.values.map { code in
        if code >= 0x10000 {
            return escape(0xd800 + (code - 0x10000) >> 10)
                + escape(0xdc00 + (code - 0x10000) & 0x3ff)
        }
        guard (0x20...0x7e).contains(code), code != 0x22, code != 0x5c,
            let scalar = Unicode.Scalar(code)
        else { return escape(code) }
        return String(scalar)
    }
    return "\"\(pieces.joined())\""
}

private func escape(_ unit: UInt32) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
}
