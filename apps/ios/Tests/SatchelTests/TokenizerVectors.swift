import Testing

@testable import Satchel

/// `tokenizers.json`: every kind of tokenizer.
enum TokenizerVectors {
    static let checks: [String: Check] = [
        "inputs": { try inputs($0) },
        "longer": { try longer($0) },
        "fed": { try fed($0) },
        "refused": { try refused($0) },
    ]

    private static let file = Result { try vectors("tokenizers") }

    /// Returns what prepares the texts of an input that the vectors name.
    static func opened(_ name: String) throws -> TextPreparation { try opened(input(name)) }

    /// Returns an input that the vectors name.
    static func input(_ name: String) throws -> TextInput {
        let found = try file.get().field("inputs").items.first {
            try $0.field("name").text == name
        }
        guard let found else { throw MissingInVectors("no input \(name)") }
        return try textInput(found.field("input"))
    }

    private static func opened(_ input: TextInput) throws -> TextPreparation {
        let path = try file.get().field("files").field(input.tokenizer.file).text
        return try openTokenizer(input, bytes(path))
    }

    private static func inputs(_ each: Json) throws {
        let preparation = try opened(textInput(each.field("input")))
        let expected = try each.field("rows").items
        for (at, text) in try file.get().field("texts").items.enumerated() {
            let found = try rows(preparation, text.codePoints)
            #expect(try rowsOf(expected[at]) == found, "text \(at)")
        }
    }

    private static func longer(_ each: Json) throws {
        let preparation = try opened(each.field("name").text)
        #expect(try rowsOf(each.field("rows")) == rows(preparation, repeated(each)))
    }

    private static func fed(_ each: Json) throws {
        let rows = try opened(each.field("name").text).rows(each.field("text").codePoints)
        let input = try input(each.field("name").text)
        let found = try modelTensors(.text(rows), .text(input), tensorSpec(each.field("tensor")))
        let expected = try each.field("fed").items
        try #require(expected.count == found.count)
        for (tensor, one) in zip(found, expected) {
            #expect(try one.field("dtype").text == tensor.dtype.rawValue)
            #expect(try one.field("shape").ints == tensor.shape)
            #expect(try one.field("values").numbers == numbersOf(tensor))
        }
    }

    private static func refused(_ each: Json) throws {
        let input = try textInput(each.field("input"))
        let content = try each.field("content").base64
        let found = try errorOf { _ = try openTokenizer(input, content) }
        #expect(try each.field("error").textOrNil == found)
    }

    private static func rowsOf(_ rows: Json) throws -> [[Int32]]? {
        if case .null = rows { return nil }
        return try rows.items.map { try $0.ints.map { Int32($0) } }
    }

    /// Returns the rows of a text; nil if it is refused.
    private static func rows(
        _ preparation: TextPreparation,
        _ text: CodePoints
    ) throws -> [[Int32]]? {
        do {
            return try preparation.rows(text)
        } catch let error {
            guard case .input = error else { throw error }
            return nil
        }
    }
}
