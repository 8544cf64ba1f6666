import Testing

@testable import Satchel

/// Images: docs/bundle.md, section 4.
@Suite struct ImagesTests {
    @Test("One colour stays one colour at every size")
    func oneColour() throws {
        var chance = Chance(seed: 20_261_130)
        for _ in 0..<300 {
            let level = UInt8(chance.below(256))
            let image = try flat(chance.side(), chance.side(), [level, level, level, 255])
            let found = try readPixels(image, input(chance.side(), chance.side()))
            #expect(found.rgb.allSatisfy { $0 == level })
        }
    }

    @Test("Each new value is a mean of old values, with weights whose sum is 1")
    func means() {
        var chance = Chance(seed: 20_261_131)
        for _ in 0..<300 {
            let (n, m) = (chance.side(3000), chance.side(400))
            let found = weightsOf(n, m)
            var isRight = true
            for at in 0..<m {
                let begin = at * found.stride
                let weights = found.weights[begin..<begin + found.count[at]]
                let sum = weights.reduce(0) { $0 + Int($1) }
                isRight = isRight && weights.allSatisfy { $0 >= 0 } && found.count[at] >= 1
                // Each weight is rounded by at most half a step.
                isRight = isRight && abs(sum - 1 << 22) <= (found.count[at] + 1) / 2
                // The sum of 255 times the weights stays within 32 bits.
                isRight = isRight && sum * 255 + 1 << 21 < 1 << 31
                isRight = isRight && found.first[at] + found.count[at] <= n
            }
            #expect(isRight, "\(n) to \(m)")
            #expect(found.first[0] == 0)
            #expect(found.first[m - 1] + found.count[m - 1] == n)
        }
    }

    @Test("A crop keeps one side whole, and the aspect ratio within one pixel")
    func crop() {
        var chance = Chance(seed: 20_261_132)
        for _ in 0..<2000 {
            let (width, height) = (chance.side(300), chance.side(300))
            let model = input(chance.side(), chance.side(), .crop)
            let piece = croppedPiece(width: width, height: height, input: model)
            let scale = min(
                Double(width) / Double(model.width), Double(height) / Double(model.height))
            #expect(piece.width == width || piece.height == height)
            #expect(abs(Double(piece.width) - Double(model.width) * scale) <= 1)
            #expect(abs(Double(piece.height) - Double(model.height) * scale) <= 1)
            #expect(piece.left >= 0 && piece.left + piece.width <= width)
            #expect(piece.top >= 0 && piece.top + piece.height <= height)
        }
    }

    @Test("A letterboxed image fills one side of the model's")
    func letterbox() {
        var chance = Chance(seed: 20_261_133)
        for _ in 0..<2000 {
            let model = input(chance.side(), chance.side(), .letterbox)
            let (width, height) = (chance.side(3000), chance.side(3000))
            let place = placeInInput(width: width, height: height, input: model)
            #expect(place.width == model.width || place.height == model.height)
            #expect(place.left >= 0 && place.left + place.width <= model.width)
            #expect(place.top >= 0 && place.top + place.height <= model.height)
        }
    }

    @Test("A transparent pixel is the background")
    func transparent() throws {
        var model = input(3, 2)
        model.background = RGBColor(red: 1, green: 2, blue: 3)
        let found = try readPixels(flat(3, 2, [255, 255, 255, 0]), model)
        #expect(found.rgb == (0..<18).map { UInt8($0 % 3 + 1) })
    }

    @Test("An image that would be too large between the passes is refused")
    func tooLargeBetweenPasses() throws {
        let tall = try flat(1, 89_479, [0, 0, 0, 0])
        let found = try errorOf { _ = try readPixels(tall, input(1000, 1)) }
        #expect(found == "InputError")
    }

    @Test(
        "An image without pixels, or with another number of them, is refused",
        arguments: [
            (0, 1), (1, 0), (-1, 1), (2, 2), (1 << 16, 1 << 16), (100_000, 895),
            (Int.max, Int.max), (Int.min, 1),
        ])
    func odd(width: Int, height: Int) throws {
        let found = try errorOf {
            _ = try DecodedImage(width: width, height: height, rgba: [0, 0, 0])
        }
        #expect(found == "InputError")
    }

    @Test("An image is turned upright from every orientation", arguments: 1...9)
    func orientations(orientation: Int) throws {
        // The files hold the same pixels, but each has another orientation.
        let stored = try ImageVectors.image("orientation_1.png")
        let expected = try ImageVectors.image("orientation_\(orientation).png")
        #expect(stored.upright(orientation: orientation) == expected)
    }

    @Test("Another number is no orientation", arguments: [Int.min, -1, 0, 9, Int.max])
    func noOrientation(orientation: Int) throws {
        let stored = try ImageVectors.image("orientation_1.png")
        #expect(stored.upright(orientation: orientation) == stored)
    }

    @Test(
        "Two images are mixed by their shares, halves rounded up",
        arguments: [
            (128, [128, 128, 150, 8, 1, 1]),
            (1, [1, 254, 100, 7, 1, 0]),
            (255, [254, 1, 200, 8, 0, 1]),
            (64, [64, 191, 125, 7, 1, 0]),
        ])
    func mixed(share: Int, expected: [UInt8]) {
        let one = Pixels(width: 1, height: 2, rgb: [0, 255, 100, 7, 1, 0])
        let other = Pixels(width: 1, height: 2, rgb: [255, 0, 200, 8, 0, 1])
        #expect(blend(one, other, share: share).rgb == expected)
    }

    @Test("An image model of whole numbers is refused", arguments: [Dtype.int32, .int64])
    func wholeNumbers(dtype: Dtype) throws {
        let pixels = Pixels(width: 1, height: 1, rgb: [0, 0, 0])
        let found = try errorOf {
            _ = try imageTensor(pixels, input(1, 1), TensorSpec(dtype: dtype))
        }
        #expect(found == "EngineError")
    }

    @Test("Pixels become bytes for a bitmap")
    func bitmap() {
        let found = Pixels(width: 2, height: 1, rgb: [1, 2, 3, 255, 0, 128]).toRGBA()
        #expect(found == [1, 2, 3, 255, 255, 0, 128, 255])
    }

    @Test("Levels are rounded as the contract says")
    func levels() {
        let half = TensorSpec(dtype: .uint8, scale: 1, zeroPoint: 3)
        let reals: [Float] = [
            0.5, 0.49999997, 1.5, -0.5, -3.6, 1e9, -1e9, .greatestFiniteMagnitude,
        ]
        let found = quantized(reals, shape: [1, 8], half)
        #expect(numbersOf(found) == [4, 3, 5, 2, 0, 255, 0, 255])
        let ends = quantized([.infinity, -.infinity], shape: [1, 2], TensorSpec(dtype: .int8))
        #expect(numbersOf(ends) == [127, -128])
    }

    private func flat(_ width: Int, _ height: Int, _ pixel: [UInt8]) throws -> DecodedImage {
        let rgba = Array(repeatElement(pixel, count: width * height).joined())
        return try DecodedImage(width: width, height: height, rgba: rgba)
    }

    private func input(_ width: Int, _ height: Int, _ fit: Fit = .stretch) -> ImageInput {
        ImageInput(height: height, width: width, fit: fit)
    }
}
