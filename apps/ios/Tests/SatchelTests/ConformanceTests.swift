import Foundation
import Testing

@testable import Satchel

/// Checks one case of the vectors.
typealias Check = @Sendable (Json) throws -> Void

/// One case of a list of a file of vectors.
struct VectorCase: Sendable, CustomTestStringConvertible {
    let file: String
    let list: String
    let at: Int
    let value: Json

    var testDescription: String { "\(file), \(list), \(at)" }
}

/// Holds the package to every list of every file of the conformance vectors: docs/conformance.md.
@Suite struct ConformanceTests {
    static let checks: [String: [String: Check]] = [
        "pictures": ImageVectors.checks,
        "texts": TextVectors.checks,
        "tokenizers": TokenizerVectors.checks,
        "latents": LatentVectors.checks,
        "answers": PredictionVectors.checks,
        "card_refusals": CardVectors.checks,
        "refusals": RefusalVectors.checks,
    ]

    /// Lists that are no cases: what several cases share.
    private let shared = [
        "texts": ["vocabulary", "texts", "length"],
        "tokenizers": ["files", "texts"],
        "refusals": ["keys"],
        "scores": ["tolerances"],
    ]

    /// Cases of the stage in front of the package's: the platform decodes.
    private let decoding = ["pictures": ["pictures", "budgets"]]

    static let cases: [VectorCase] = checks.keys.sorted().flatMap { file in
        guard let lists = checks[file], let fields = try? vectors(file) else { return [VectorCase]() }
        return lists.keys.sorted().flatMap { list in
            guard let cases = try? fields.field(list).items else { return [VectorCase]() }
            return cases.enumerated().map {
                VectorCase(file: file, list: list, at: $0.offset, value: $0.element)
            }
        }
    }

    @Test("Every case of the vectors agrees", arguments: cases)
    func vector(_ each: VectorCase) throws {
        let check = try #require(Self.checks[each.file]?[each.list])
        try check(each.value)
    }

    @Test("No list of a file is left out, and none is empty")
    func everyListIsHeld() throws {
        for (file, lists) in Self.checks {
            let fields = try vectors(file).object
            let known = lists.keys + (shared[file] ?? []) + (decoding[file] ?? [])
            #expect(known.sorted() == fields.names.map(\.string).sorted())
            for list in lists.keys {
                #expect(Self.cases.contains { $0.file == file && $0.list == list })
            }
        }
    }
}
