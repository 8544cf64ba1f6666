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

    /// Files whose cases need an engine, and the test that has them.
    private let withEngines = ["scores": "ScoresTests"]

    static let cases: [VectorCase] = checks.keys.sorted().flatMap { file in
        casesOf(file, (checks[file] ?? [:]).keys.sorted())
    }

    @Test("Every case of the vectors agrees", arguments: cases)
    func vector(_ each: VectorCase) throws {
        let check = try #require(Self.checks[each.file]?[each.list])
        try check(each.value)
        Passed.count(each)
    }

    @Test("No file is left out, no list of a file, and none is empty")
    func everyListIsHeld() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: vectorFolder.path)
        let files = found.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        #expect((Array(Self.checks.keys) + withEngines.keys).sorted() == files.sorted())
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

/// Returns the cases of lists of a file of vectors; none of a list that is not there.
func casesOf(_ file: String, _ lists: [String]) -> [VectorCase] {
    guard let fields = try? vectors(file) else { return [] }
    return lists.flatMap { list in
        ((try? fields.field(list).items) ?? []).enumerated().map {
            VectorCase(file: file, list: list, at: $0.offset, value: $0.element)
        }
    }
}
