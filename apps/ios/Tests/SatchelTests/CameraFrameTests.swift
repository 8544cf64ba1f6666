import Testing

@testable import Satchel

/// Frames of cameras and bitmaps of Apple's systems, as plain bytes.
@Suite struct CameraFrameTests {
    /// A colour in YCbCr, in the full or the video range, and in RGB.
    struct Colour: Sendable {
        let range: CameraFrame.Range
        let matrix: CameraFrame.Matrix
        let ycbcr: [UInt8]
        let rgb: [UInt8]
    }

    /// The colours of ITU-R BT.601 and BT.709 in 8 bits, and white and black.
    static let colours = [
        Colour(range: .full, matrix: .bt601, ycbcr: [255, 128, 128], rgb: [255, 255, 255]),
        Colour(range: .full, matrix: .bt601, ycbcr: [0, 128, 128], rgb: [0, 0, 0]),
        Colour(range: .full, matrix: .bt601, ycbcr: [76, 85, 255], rgb: [254, 0, 0]),
        Colour(range: .full, matrix: .bt601, ycbcr: [29, 255, 107], rgb: [0, 0, 254]),
        Colour(range: .video, matrix: .bt601, ycbcr: [235, 128, 128], rgb: [255, 255, 255]),
        Colour(range: .video, matrix: .bt601, ycbcr: [16, 128, 128], rgb: [0, 0, 0]),
        Colour(range: .video, matrix: .bt601, ycbcr: [81, 90, 240], rgb: [254, 0, 0]),
        Colour(range: .video, matrix: .bt709, ycbcr: [235, 128, 128], rgb: [255, 255, 255]),
        Colour(range: .video, matrix: .bt709, ycbcr: [63, 102, 240], rgb: [255, 1, 0]),
        Colour(range: .video, matrix: .bt709, ycbcr: [0, 0, 0], rgb: [0, 77, 0]),
        Colour(range: .video, matrix: .bt709, ycbcr: [255, 255, 255], rgb: [255, 184, 255]),
    ]

    @Test("Colours are those of the recommendations, within one level", arguments: colours)
    func colour(each: Colour) throws {
        let frame = try CameraFrame(
            width: 1, height: 1, luma: [each.ycbcr[0]], lumaRowBytes: 1,
            chroma: Array(each.ycbcr[1...]), chromaRowBytes: 2, range: each.range,
            matrix: each.matrix)
        let found = try frame.image().rgba
        let apart = zip(each.rgb, found).map { abs(Int($0) - Int($1)) }
        // The recommendations round the colours to 8 bits.
        #expect(apart.allSatisfy { $0 <= 1 }, "\(found)")
        #expect(found[3] == 255)
    }

    @Test("Every level is that of the equation in real numbers, rounded")
    func equation() throws {
        var chance = Chance(seed: 20_261_201)
        for _ in 0..<2000 {
            let (y, cb, cr) = (chance.below(256), chance.below(256), chance.below(256))
            let frame = try CameraFrame(
                width: 1, height: 1, luma: [UInt8(y)], lumaRowBytes: 1,
                chroma: [UInt8(cb), UInt8(cr)], chromaRowBytes: 2, range: .full, matrix: .bt601)
            let (b, r) = (Double(cb) - 128, Double(cr) - 128)
            let real = [
                Double(y) + 1.402 * r, Double(y) - 0.344136 * b - 0.714136 * r,
                Double(y) + 1.772 * b,
            ]
            for (level, expected) in zip(try frame.image().rgba, real) {
                // Half a level of rounding, and what 16 bits behind the point leave out.
                #expect(abs(Double(level) - min(max(expected, 0), 255)) <= 0.51)
            }
        }
    }

    @Test("Rows may be longer than the image, sides may be odd, and the frame is turned")
    func rows() throws {
        let luma: [UInt8] = [10, 20, 30, 99, 99, 40, 50, 60, 99, 99, 70, 80, 90]
        let chroma = [UInt8](repeating: 128, count: 6 + 4)
        let frame = try CameraFrame(
            width: 3, height: 3, luma: luma, lumaRowBytes: 5, chroma: chroma, chromaRowBytes: 6,
            range: .full, matrix: .bt601)
        func reds(_ image: DecodedImage) -> [UInt8] {
            stride(from: 0, to: 36, by: 4).map { image.rgba[$0] }
        }
        #expect(reds(try frame.image()) == [10, 20, 30, 40, 50, 60, 70, 80, 90])
        #expect(reds(try frame.image(orientation: 6)) == [70, 40, 10, 80, 50, 20, 90, 60, 30])
    }

    @Test("Planes that are too short are refused")
    func short() throws {
        for (rowBytes, count, chromaCount) in [(2, 3, 2), (1, 4, 2), (2, 4, 1), (Int.max, 4, 2)] {
            let found = try errorOf {
                _ = try CameraFrame(
                    width: 2, height: 2, luma: [UInt8](repeating: 0, count: count),
                    lumaRowBytes: rowBytes, chroma: [UInt8](repeating: 0, count: chromaCount),
                    chromaRowBytes: 2, range: .full, matrix: .bt601)
            }
            #expect(found == "InputError")
            let other = try errorOf {
                _ = try imageOfBGRA(width: 2, height: 2, [0, 0], rowBytes: rowBytes)
            }
            #expect(other == "InputError")
        }
    }

    @Test("Bytes of blue, green and red become red, green and blue")
    func bgra() throws {
        let found = try imageOfBGRA(width: 1, height: 2, [1, 2, 3, 4, 0, 5, 6, 7, 8], rowBytes: 5)
        #expect(found.rgba == [3, 2, 1, 4, 7, 6, 5, 8])
    }

    @Test("Levels that were multiplied by alpha come back")
    func premultiplied() {
        for alpha in 1...255 {
            let multiplied = (200 * alpha + 127) / 255
            let found = withoutPremultipliedAlpha([UInt8(multiplied), 0, 0, UInt8(alpha)])
            // A level of the product is 255 / alpha levels before it.
            #expect(abs(Int(found[0]) - 200) <= 255 / (2 * alpha) + 1)
        }
        #expect(withoutPremultipliedAlpha([9, 8, 7, 0]) == [9, 8, 7, 0])
    }
}
