import Testing

@testable import Satchel

/// `pictures.json` from decoded pixels on.
enum ImageVectors {
    static let checks: [String: Check] = [
        "resized": { try resized($0) },
        "blended": { try blended($0) },
        "tensors": { try tensors($0) },
    ]

    private static let upright = Result {
        try vectors("pictures").field("pictures").items.reduce(into: [String: String]()) {
            $0[try $1.field("name").text] = try $1.field("upright").text
        }
    }

    /// Returns the upright image of a picture that the vectors name.
    static func image(_ name: String) throws -> DecodedImage {
        guard let path = try upright.get()[name] else { throw MissingInVectors("no \(name)") }
        return try decodedImage(path)
    }

    private static func resized(_ each: Json) throws {
        let image = try image(each.field("picture").text)
        let input = try imageInput(each.field("input"))
        if each.has("flattened") {
            let found = try flatten(image, background: input.background)
            try expectPixels(each.field("flattened"), found)
        }
        try expectPixels(each.field("pixels"), readPixels(image, input))
    }

    private static func blended(_ each: Json) throws {
        let input = try imageInput(each.field("input"))
        let one = try readPixels(image(each.field("picture").text), input)
        let other = try readPixels(image(each.field("other").text), input)
        let found = blend(one, other, share: try each.field("share").int)
        try expectPixels(each.field("pixels"), found)
    }

    private static func tensors(_ each: Json) throws {
        let stored = try npy(each.field("pixels").text)
        let pixels = Pixels(width: stored.shape[1], height: stored.shape[0], rgb: stored.content)
        let spec = try tensorSpec(each.field("tensor"))
        let found = try imageTensor(pixels, imageInput(each.field("input")), spec)
        let expected = try npy(each.field("values").text)
        #expect(found.shape == expected.shape)
        switch found {
        case .float32(_, let values):
            #expect(expected.dtype == "<f4")
            #expect(values.map(\.bitPattern) == expected.floats.map(\.bitPattern))
        case .uint8(_, let values):
            #expect(expected.dtype == "|u1")
            #expect(values == expected.content)
        case .int8(_, let values):
            #expect(expected.dtype == "|i1")
            #expect(values == expected.content.map { Int8(bitPattern: $0) })
        case .int32, .int64:
            Issue.record("No image model has \(found.dtype).")
        }
    }

    private static func expectPixels(_ path: Json, _ found: Pixels) throws {
        let expected = try npy(path.text)
        #expect(expected.shape == [found.height, found.width, 3])
        #expect(expected.content == found.rgb)
    }
}
