#if canImport(SatchelLiteRT)
    import Foundation
    import SatchelImageFiles
    import Testing

    @testable import Satchel

    /// `scores.json`: real models, from the raw input to scores.
    @Suite(.enabled(if: hasEngines, "SATCHEL_LITERT and SATCHEL_ONNX name no engine"))
    struct ScoresTests {
        static let cases: [VectorCase] = casesOf("scores", ["cases"])

        @Test("Every case of the vectors agrees", arguments: cases)
        func vector(_ each: VectorCase) async throws {
            let value = each.value
            let place = "tests/golden/" + (try value.field("bundle").text)
            let bundle = try SatchelBundle(repositoryFile(place))
            let question = try asked(bundle, value.field("input"))
            let found = try await prediction(bundle, value.field("model").text, question)
            guard case .labels(let scores) = found else { throw MissingInVectors("no labels") }
            let tolerances = try vectors("scores").field("tolerances")
            let scheme = try value.field("scheme").text
            let tolerance = try tolerances.field(scheme).field("tolerance").number
            let expected = try value.field("scores").numbers
            try #require(expected.count == scores.count)
            for (one, other) in zip(expected, scores) {
                #expect(abs(one - Double(other)) <= tolerance)
            }
            Passed.count(each)
        }

        private func asked(_ bundle: SatchelBundle, _ input: Json) throws -> Asked {
            if input.has("text") { return .text(try input.field("text").codePoints) }
            if input.has("picture") {
                return .image(try ImageVectors.image(input.field("picture").text))
            }
            let content = try bundle.read(input.field("entry").text)
            if case .image = bundle.card.input { return .image(try ImageFiles().decode(content)) }
            return .text(CodePoints(String(decoding: content, as: UTF8.self)))
        }
    }

    /// Real bundles: their predictions beside Python's, and their golden self-tests.
    @Suite(.enabled(if: hasEngines, "SATCHEL_LITERT and SATCHEL_ONNX name no engine"))
    struct RealBundlesTests {
        static let cases: [VectorCase] = {
            let content = (try? repositoryFile("apps/web/tests/browser/expected.json")) ?? []
            let items = try? loadJson(content, limit: Int.max).items
            return (items ?? []).enumerated().map {
                VectorCase(file: "expected", list: "models", at: $0.offset, value: $0.element)
            }
        }()
        static let bundles = Set(cases.compactMap { try? $0.value.field("bundle").text }).sorted()

        @Test("A model says what it says in Python", arguments: cases)
        func model(_ each: VectorCase) async throws {
            let value = each.value
            let bundle = try SatchelBundle(repositoryFile(value.field("bundle").text))
            let file = try value.field("model").text
            let entry = try #require(bundle.card.models.first { $0.file == file })
            // Float kernels add in another order where a compiler chose other instructions.
            let tolerance = entry.scheme == "full_int8" ? 0 : 1e-6
            switch try await prediction(bundle, file, asked(value.field("input"))) {
            case .labels(let scores):
                guard case .labels(let output) = bundle.card.output else {
                    throw MissingInVectors("no labels")
                }
                let expected = try value.field("scores")
                for (label, score) in zip(output.labels, scores) {
                    #expect(abs(try expected.field(label).number - Double(score)) <= tolerance)
                }
            case .image(let pixels):
                let expected = try value.field("rgb").base64
                // A level that is a tie may be rounded the other way by a float kernel.
                let most = tolerance == 0 ? 0 : 1
                let apart = zip(expected, pixels.rgb).map { abs(Int($0) - Int($1)) }
                #expect(expected.count == pixels.rgb.count)
                #expect(apart.allSatisfy { $0 <= most })
            }
        }

        private func asked(_ input: Json) throws -> Asked {
            if case .whole = input { return .seed(try Seed(input.int)) }
            let text = try input.text
            if text.hasSuffix("odd.png") { return .image(try ImageVectors.image("odd.png")) }
            if text.hasSuffix(".png") { return .image(try decodedFile(text)) }
            return .text(CodePoints(text))
        }

        @Test("The golden self-test passes", arguments: bundles)
        func selfTest(place: String) async throws {
            let bundle = try SatchelBundle(contentsOf: root.appendingPathComponent(place))
            if bundle.card.golden == nil { return }
            for entry in bundle.card.models where engines.contains(where: { $0.runs(entry) }) {
                let model = try bundle.openModel(engines: engines, file: entry.file)
                let found = try await bundle.selfTest(model, decoder: ImageFiles())
                #expect(found.failures == [], "\(entry.file)")
                #expect(!found.results.isEmpty)
            }
        }
    }
#endif
