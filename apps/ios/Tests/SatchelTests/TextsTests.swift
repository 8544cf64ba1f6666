import Foundation
import Testing

@testable import Satchel

/// Texts: docs/bundle.md, section 5.
@Suite struct TextsTests {
    static let tokenizers = [
        "vectorization: as Keras has it",
        "keras_tokenizer: as Keras has it",
        "wordpiece: uncased",
    ]
    static let halves: [CodePoints] = [
        CodePoints([0xd800]), CodePoints([0x61, 0xdfff]), CodePoints([0xde42, 0xd83d]),
        CodePoints("good ").followed(by: 0xd83d),
    ]

    private func regex(_ delimiter: CodePoints, _ length: Int) throws -> TextPreparation {
        let spec = RegexSpec(delimiter: delimiter, vocabulary: "vocabulary.txt")
        let content = [UInt8]("<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\n".utf8)
        return try openTokenizer(TextInput(length: length, tokenizer: .regex(spec)), content)
    }

    private func many(_ text: String, _ times: Int) -> CodePoints {
        CodePoints(repeatElement(CodePoints(text).values, count: times).joined())
    }

    private func uncased() throws -> WordPieceSpec {
        let input = try TokenizerVectors.input("wordpiece: uncased")
        guard case .wordPiece(let spec) = input.tokenizer else {
            throw MissingInVectors("no wordpiece")
        }
        return spec
    }

    private func words(_ text: [UInt32]) throws -> [[UInt32]] {
        var found: [[UInt32]] = []
        bertWords(text, try uncased()) { word in
            found.append(word)
            return true
        }
        return found
    }

    @Test("A text at the limit is read, and one character more is refused")
    func limit() throws {
        let most = many("\u{1f642}", 1 << 24)
        #expect(try regex("\\s+", 2).rows(most)[0].count == 2)
        let found = try errorLine { _ = try regex("\\s+", 2).rows(most.followed(by: 0x61)) }
        #expect(found == "Expected a text of at most 16777216 characters, got 16777217.")
    }

    @Test("A text that is too long is refused by every tokenizer", arguments: tokenizers)
    func tooLong(name: String) throws {
        let text = CodePoints([UInt32](repeating: 0x61, count: (1 << 24) + 1))
        let found = try errorOf { _ = try TokenizerVectors.opened(name).rows(text) }
        #expect(found == "InputError")
    }

    @Test("Half of a surrogate pair is refused by all but regex", arguments: halves)
    func half(text: CodePoints) throws {
        for name in Self.tokenizers {
            let found = try errorOf { _ = try TokenizerVectors.opened(name).rows(text) }
            #expect(found == "InputError")
        }
        #expect(try regex("\\s+", 4).rows(text)[0].count == 4)
    }

    @Test("A SentencePiece model is refused by its name")
    func sentencePiece() throws {
        let spec = SentencePieceSpec(model: "pieces.model", start: nil, end: nil, pad: 0)
        let input = TextInput(length: 8, tokenizer: .sentencePiece(spec))
        let found = try errorLine { _ = try openTokenizer(input, []) }
        #expect(found?.contains("sentencepiece (\"pieces.model\")") == true)
    }

    @Test("Any text has as many numbers as the model takes", arguments: tokenizers)
    func lengths(name: String) throws {
        let texts = [
            "",
            many("a", 300_000),
            many(" ", 300_000),
            many("good\0bad\0", 10),
            "\u{202e}\u{641}\u{64a}\u{644}\u{645} \u{631}\u{627}\u{626}\u{639}\u{202c} \u{5e1}",
            "\u{12000}\u{12040} \u{10fffd} \u{27c1} \u{1234}",
            CodePoints("e".unicodeScalars.map(\.value) + many("\u{301}", 10_000).values),
            many("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", 100),
        ]
        let input = try TokenizerVectors.input(name)
        let opened = try TokenizerVectors.opened(name)
        for text in texts {
            let expected = [Int](repeating: input.length, count: input.tensors.count)
            #expect(try opened.rows(text).map(\.count) == expected)
        }
    }

    @Test("A long row of marks is put in order as Foundation does it", arguments: [1, 2, 99, 500])
    func order(length: Int) throws {
        // Of several classes and of none; the first three are stripped.
        let marks: [UInt32] = [
            0x301, 0x323, 0x34f, 0x302e, 0x302f, 0x1d165, 0x1d16e, 0x903, 0x3031,
        ]
        var chance = Chance(seed: UInt64(length))
        let row = (0..<length).map { _ in marks[chance.below(marks.count)] }
        let text = [0x61] + row + [0x62]
        let normalized = CodePoints(CodePoints(text).string.decomposedStringWithCanonicalMapping)
        let expected = normalized.values.filter { ![0x301, 0x323, 0x34f].contains($0) }
        #expect(try words(text).flatMap { $0 } == expected)
    }

    @Test("A long row of marks takes no quadratic time, which would be minutes")
    func noQuadraticTime() throws {
        let times = 100_000
        let clock = ContinuousClock()
        let took = try clock.measure {
            let found = try words(many("\u{302e}\u{1d165}", times).values)
            let expected = many("\u{1d165}", times).values + many("\u{302e}", times).values
            #expect(found == [expected])
        }
        #expect(took < .seconds(60))
    }

    @Test(
        "Lower case is that of no language, with the form of sigma at the end of a word",
        arguments: [
            ("GOOD \u{c9}\u{df}", "good \u{e9}\u{df}"),
            ("\u{130}I\u{1e9e}", "i\u{307}i\u{df}"),
            (
                "\u{39f}\u{394}\u{3a3} \u{3a3} \u{3a3}\u{3a3}",
                "\u{3bf}\u{3b4}\u{3c2} \u{3c3} \u{3c3}\u{3c2}"
            ),
            ("A\u{3a3}\u{301} A'\u{3a3}.B", "a\u{3c2}\u{301} a'\u{3c3}.b"),
            ("\u{10400}", "\u{10428}"),
            ("", ""),
        ])
    func lower(text: String, expected: String) {
        #expect(lowerCase(CodePoints(text).values) == CodePoints(expected).values)
    }

    @Test("The text behind the last id that fits is not read")
    func notReadFurther() throws {
        let took = try ContinuousClock().measure {
            let rows = try regex("[^\\w']+", 4).rows(many("good ", 1_000_000))
            #expect(rows == [[1, 3, 3, 3]])
        }
        #expect(took < .seconds(20))
    }

    @Test("Texts that Swift takes for equal are different texts here")
    func noNormalization() {
        let (composed, split) = ("\u{e9}", "e\u{301}")
        #expect(composed == split)
        #expect(CodePoints(composed) != CodePoints(split))
        #expect([CodePoints(composed): 1][CodePoints(split)] == nil)
    }
}

extension CodePoints {
    /// Returns the text with one more code point behind it.
    func followed(by code: UInt32) -> CodePoints { CodePoints(values + [code]) }
}

/// Returns the line of the error that `act` throws; nil if it throws nothing.
func errorLine(_ act: () throws -> Void) throws -> String? {
    do {
        try act()
        return nil
    } catch let error as SatchelError {
        return error.description
    }
}
