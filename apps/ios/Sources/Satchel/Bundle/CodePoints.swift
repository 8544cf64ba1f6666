/// A text as JSON and the tokenizers have it: a sequence of code points, which may hold halves of
/// surrogate pairs.
///
/// A `String` would not do: it holds no such halves, and its `==` takes texts for equal whose
/// characters are not. Here two texts are equal if their code points are.
public struct CodePoints: Sendable, Hashable {
    /// The code points, each from 0 to 0x10FFFF.
    public var values: [UInt32]

    /// Makes a text of code points.
    public init<Values: Sequence>(_ values: Values) where Values.Element == UInt32 {
        self.values = Array(values)
    }

    /// Makes a text of a string's code points. Nothing is normalised.
    public init(_ text: String) {
        values = text.unicodeScalars.map(\.value)
    }

    /// The text as a string. Each half of a surrogate pair becomes U+FFFD.
    public var string: String {
        var text = String.UnicodeScalarView()
        text.reserveCapacity(values.count)
        for value in values { text.append(Unicode.Scalar(value) ?? "\u{fffd}") }
        return String(text)
    }

    /// Whether UTF-8 can hold the text: it has no half of a surrogate pair.
    public var isUnicode: Bool { !values.contains(where: isHalf) }

    /// The number of characters.
    public var count: Int { values.count }

    /// Whether the text has no character.
    public var isEmpty: Bool { values.isEmpty }

    /// Feeds the code points to `hasher`, all at once.
    public func hash(into hasher: inout Hasher) {
        values.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension CodePoints: ExpressibleByStringLiteral {
    /// Makes the text of a literal.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

/// Returns whether a code point is half of a surrogate pair.
func isHalf(_ code: UInt32) -> Bool { (0xd800...0xdfff).contains(code) }

/// Returns the text of UTF-8 bytes, with a byte order mark if it has one; nil for others.
func decodeUtf8(_ content: [UInt8]) -> CodePoints? {
    var decoder = Unicode.UTF8()
    var bytes = content.makeIterator()
    var codes: [UInt32] = []
    codes.reserveCapacity(content.count)
    while true {
        switch decoder.decode(&bytes) {
        case .scalarValue(let scalar): codes.append(scalar.value)
        case .emptyInput: return CodePoints(codes)
        case .error: return nil
        }
    }
}
