import Testing

@testable import Satchel

/// `latents.json`.
enum LatentVectors {
    static let checks: [String: Check] = [
        "cases": { try cases($0) },
        "longer": { try longer($0) },
        "tensors": { try tensors($0) },
        "refused": { try refused($0) },
    ]

    private static func seed(_ each: Json) throws -> Seed { try Seed(each.field("seed").int) }

    private static func cases(_ each: Json) throws {
        let expected = try each.field("z").texts
        let latent = try drawLatent(seed(each), length: expected.count)
        #expect(try splitMix64(seed(each), count: expected.count).map { "\($0)" } == expected)
        let bits = latent.map { String($0.bitPattern, radix: 16) }
        let padded = bits.map { String(repeating: "0", count: 8 - $0.count) + $0 }
        #expect(try each.field("bits").texts == padded)
        #expect(try each.field("latent").numbers == latent.map(Double.init))
    }

    private static func longer(_ each: Json) throws {
        let found = try drawLatent(seed(each), length: each.field("length").int)
        #expect(try npy(each.field("latent").text).floats == found)
    }

    private static func tensors(_ each: Json) throws {
        let length = try each.field("length").int
        let latent = try drawLatent(seed(each), length: length)
        let found = try latentTensor(latent, tensorSpec(each.field("tensor")))
        #expect(found.shape == [1, length])
        #expect(try each.field("values").numbers == numbersOf(found))
    }

    /// A seed is an `Int`, so what is none as JSON is refused where JSON is read.
    private static func refused(_ each: Json) throws {
        let value = try each.field("seed")
        guard let number = wholeNumber(value, Int.min...Int.max) else {
            #expect(wholeNumber(value, 0...Seed.most) == nil)
            return
        }
        #expect(try errorOf { _ = try Seed(number) } == each.field("error").text)
    }
}
