import Foundation
import Testing

@testable import Satchel

private let place = ProcessInfo.processInfo.environment["SATCHEL_DIFFERENTIAL"]

/// Compares the package with the Python runtime on chance inputs, which tests/conformance writes.
@Suite(.enabled(if: place != nil, "SATCHEL_DIFFERENTIAL names no file"))
struct DifferentialTests {
    private let length = 32

    private static let file = Result {
        try loadJson([UInt8](Data(contentsOf: URL(fileURLWithPath: place ?? ""))), limit: Int.max)
    }

    private func forEach(_ kind: String, _ check: (Json) throws -> Void) throws {
        let found = try Self.file.get().field(kind).items
        try #require(!found.isEmpty)
        for each in found { try check(each) }
        print("\(kind): \(found.count) compared with Python")
    }

    @Test("Damaged bundles are refused with the same errors")
    func bundles() throws {
        try forEach("bundles") { each in
            let content = try each.field("content").base64
            let found = try errorOf { _ = try SatchelBundle(content) }
            #expect(try each.field("error").textOrNil == found)
        }
    }

    @Test("Damaged cards are refused with the same errors")
    func cards() throws {
        try forEach("cards") { each in
            let content = try each.field("content").base64
            let found = try errorOf { _ = try parseCard(content) }
            #expect(try each.field("error").textOrNil == found)
        }
    }

    @Test("Delimiters split texts at the same places")
    func delimiters() throws {
        try forEach("delimiters") { each in
            let pattern = try each.field("delimiter").codePoints
            let error = try errorOf { _ = try CharacterClass.parseDelimiter(pattern) }
            #expect(try each.field("error").textOrNil == error)
            let texts = try each.field("texts").items
            if texts.isEmpty { return }
            let delimiter = try CharacterClass.parseDelimiter(pattern)
            for (text, tokens) in zip(texts, try each.field("tokens").items) {
                var found: [CodePoints] = []
                try delimiter.split(text.codePoints.values) { token in
                    found.append(token)
                    return true
                }
                #expect(try tokens.items.map { try $0.codePoints } == found)
            }
        }
    }

    @Test("Tokenizers make the same rows of texts")
    func tokenizers() throws {
        try forEach("tokenizers") { each in
            let input = try textInput(each.field("input"))
            let preparation = try openTokenizer(input, each.field("vocabulary").base64)
            for (text, rows) in zip(try each.field("texts").items, try each.field("rows").items) {
                let expected = try rows.items.map { try $0.ints.map { Int32($0) } }
                #expect(try preparation.rows(text.codePoints) == expected)
            }
        }
    }

    @Test("Images become the same pixels")
    func images() throws {
        try forEach("resizes") { each in
            let from = try each.field("size").ints
            let to = try each.field("to").ints
            let fit: Fit = try named(each.field("fit"))
            let input = ImageInput(height: to[0], width: to[1], fit: fit)
            let image = try chanceImage(from[1], from[0], try each.field("seed").int)
            let found = Crc32.of(try readPixels(image, input).rgb)
            #expect(try each.field("crc32").int == Int(found))
        }
    }

    /// Returns the same pixels as tests/conformance/differential.py.
    private func chanceImage(_ width: Int, _ height: Int, _ seed: Int) throws -> DecodedImage {
        func level(_ at: Int) -> UInt8 {
            let mixed =
                UInt32(truncatingIfNeeded: at) &* 2_654_435_761 &+ UInt32(truncatingIfNeeded: seed)
            return UInt8(truncatingIfNeeded: mixed ^ (mixed >> 15))
        }
        let rgba = (0..<4 * width * height).map { at in
            at % 4 == 3 ? 255 : level(3 * (at / 4) + at % 4)
        }
        return try DecodedImage(width: width, height: height, rgba: rgba)
    }
}
