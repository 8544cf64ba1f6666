import Testing

@testable import Satchel

/// `texts.json`: the kind `regex`.
enum TextVectors {
    static let checks: [String: Check] = [
        "delimiters": { try delimiters($0) },
        "longer": { try longer($0) },
        "refused": { try refused($0) },
    ]

    private static let file = Result { try vectors("texts") }
    private static let vocabulary = Result {
        try parseTokensWithIds(bytes(file.get().field("vocabulary").text))
    }

    private static func delimiters(_ each: Json) throws {
        let length = try file.get().field("length").int
        let found = try file.get().field("texts").items.map {
            try ids($0.codePoints, each, length: length)
        }
        #expect(try each.field("ids").items.map { try $0.ints } == found)
    }

    private static func longer(_ each: Json) throws {
        let text = try repeated(each)
        let found = try ids(text, each, length: each.field("length").int)
        #expect(try each.field("ids").ints == found)
    }

    private static func ids(_ text: CodePoints, _ each: Json, length: Int) throws -> [Int] {
        let delimiter = try CharacterClass.parseDelimiter(each.field("delimiter").codePoints)
        let spec = RegexSpec(delimiter: "", vocabulary: "")
        let input = TextInput(length: length, tokenizer: .regex(spec))
        let tokenizer = RegexTokenizer(delimiter, try vocabulary.get(), length: length)
        return try preparing(input, tokenizer).rows(text)[0].map { Int($0) }
    }

    private static func refused(_ each: Json) throws {
        let found = try errorOf {
            _ = try CharacterClass.parseDelimiter(each.field("delimiter").codePoints)
        }
        #expect(try each.field("error").text == found)
    }
}

/// Returns the `text` of a case, repeated `times`.
func repeated(_ each: Json) throws -> CodePoints {
    let text = try each.field("text").codePoints.values
    return CodePoints(repeatElement(text, count: try each.field("times").int).joined())
}
