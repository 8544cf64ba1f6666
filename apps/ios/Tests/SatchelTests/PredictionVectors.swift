import Testing

@testable import Satchel

/// `answers.json`.
enum PredictionVectors {
    static let checks: [String: Check] = [
        "labels": { try labels($0) },
        "pictures": { try pictures($0) },
        "refused": { try refused($0) },
        "top": { try top($0) },
        "best": { try best($0) },
        "differences": { try differences($0) },
    ]

    private static func predict(_ each: Json, _ dtype: Dtype, _ shape: [Int]) throws
        -> ModelPrediction
    {
        let entry = modelEntry(TensorSpec(dtype: .float32), try tensorSpec(each.field("tensor")))
        let raw = tensor(dtype, shape, try each.field("values").numbers)
        return try Postprocessing(entry, output(each.field("output"))).predict(raw)
    }

    private static func predict(_ each: Json) throws -> ModelPrediction {
        let shape = shapeOf(try output(each.field("output")))
        return try predict(each, named(each.field("tensor").field("dtype")), shape)
    }

    private static func labels(_ each: Json) throws {
        guard case .labels(let found) = try predict(each) else {
            throw MissingInVectors("no labels")
        }
        let expected = try each.field("probabilities").numbers
        let tolerance = try each.field("tolerance").number
        try #require(expected.count == found.count)
        for (one, other) in zip(expected, found) { #expect(abs(one - Double(other)) <= tolerance) }
    }

    private static func pictures(_ each: Json) throws {
        let expected = try each.field("pixels").ints.map { UInt8($0) }
        #expect(try predict(each) == .image(Pixels(width: 2, height: 1, rgb: expected)))
    }

    private static func refused(_ each: Json) throws {
        let found = try errorOf {
            _ = try predict(each, named(each.field("dtype")), each.field("shape").ints)
        }
        #expect(try each.field("error").text == found)
    }

    private static func k(_ each: Json) throws -> Int? {
        let k = try each.field("k")
        return k == .null ? nil : try k.int
    }

    private static func scores(_ values: Json) throws -> [Float] {
        try values.numbers.map { Float($0) }
    }

    private static func top(_ each: Json) throws {
        let labels = try each.field("labels").texts
        let scores = try scores(each.field("scores"))
        let found = try bestPlaces(scores, top: k(each))
        let expected = try each.field("top").items.map { try $0.items }
        let expectedLabels = try expected.map { try $0[0].text }
        let expectedScores = try expected.map { try $0[1].number }
        #expect(found.map { labels[$0] } == expectedLabels)
        #expect(found.map { Double(scores[$0]) } == expectedScores)
    }

    private static func best(_ each: Json) throws {
        guard case .labels(let output) = try output(each.field("output")) else {
            throw MissingInVectors("no labels")
        }
        let found = try bestLabels(scores(each.field("scores")), output, top: k(each))
        let expected = try each.field("best").items.map { one in
            Prediction(
                label: try one.field("label").text,
                score: Float(try one.field("score").number),
                id: try one.field("id").textOrNil,
                chosen: try one.field("chosen") == .null ? nil : one.field("chosen").flag)
        }
        #expect(expected == found)
    }

    private static func differences(_ each: Json) throws {
        let isLabels = try each.field("kind").text == "labels"
        func prediction(_ name: String) throws -> ModelPrediction {
            if isLabels { return .labels(try scores(each.field(name))) }
            let rgb = try each.field(name).ints.map { UInt8($0) }
            return .image(Pixels(width: 2, height: 1, rgb: rgb))
        }
        let apart = try difference(prediction("expected"), prediction("found"))
        let expected = try each.field("difference").number
        // The root of a mean, computed in double precision.
        #expect(abs(expected - apart) <= 1e-12 * expected)
    }
}
