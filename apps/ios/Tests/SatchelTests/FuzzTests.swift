import Foundation
import Testing

@testable import Satchel

/// Opens damaged bundles, and uses all of them that needs no engine. Every case must end in an
/// answer or in an error of the tree, in one line, and none may trap. SATCHEL_FUZZ=100000 runs more.
@Suite struct FuzzTests {
    private let seed: UInt64 = 20_261_130
    private let count = Int(ProcessInfo.processInfo.environment["SATCHEL_FUZZ"] ?? "") ?? 3000

    @Test("Damaged bundles end in an answer or in an error of the tree")
    func damaged() throws {
        let names = try vectors("refusals").field("bases").items.map { try $0.field("name").text }
        let bundles = try names.map { try unpacked(RefusalVectors.base($0)) }
        let image = try DecodedImage(width: 3, height: 2, rgba: (0..<24).map { UInt8(10 * $0) })
        var outcomes: [String: Int] = [:]
        for number in 0..<count {
            var chance = Chance(seed: seed &+ UInt64(number) &* 1_000_003)
            let content = try damagedBundle(bundles, &chance)
            let outcome = try errorOf { try use(content, image) } ?? "answered"
            outcomes[outcome, default: 0] += 1
        }
        print("\(count) damaged bundles: \(outcomes.sorted { $0.key < $1.key })")
        for name in ["answered", "BundleError", "CardError"] { #expect(outcomes[name] ?? 0 > 0) }
    }

    private func use(_ content: [UInt8], _ image: DecodedImage) throws {
        let bundle = try SatchelBundle(content)
        let preprocessing = try Preprocessing(bundle)
        for vector in try goldenVectors(bundle).vectors {
            let prepared =
                switch vector.input {
                case .image: try preprocessing.prepare(image)
                case .text(_, let text): try preprocessing.prepare(text)
                case .latent(let seed): try preprocessing.prepare(seed)
                }
            for model in bundle.card.models {
                _ = try modelTensors(prepared, bundle.card.input, model.input)
            }
        }
    }
}
