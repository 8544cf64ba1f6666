/// A decoded image: upright, in sRGB, and not multiplied by alpha. The platform decodes it.
public struct DecodedImage: Sendable, Equatable {
    /// The width in pixels.
    public let width: Int

    /// The height in pixels.
    public let height: Int

    /// Red, green, blue and alpha of each pixel, row by row: four bytes, each a level from 0 to
    /// 255.
    public let rgba: [UInt8]

    /// Makes an image of `width * height` pixels.
    ///
    /// - Throws: ``SatchelError/input`` for sides below 1, for more pixels than any model reads,
    ///   and for another number of bytes in `rgba` than four for each pixel.
    public init(width: Int, height: Int, rgba: [UInt8]) throws(SatchelError) {
        try checkSize(width: width, height: height)
        if rgba.count != 4 * width * height {
            throw SatchelError.input(
                expected: "4 bytes for each of \(width) x \(height) pixels",
                got: "\(rgba.count) bytes")
        }
        self.width = width
        self.height = height
        self.rgba = rgba
    }
}

/// An opaque image in sRGB.
public struct Pixels: Sendable, Equatable {
    /// The width in pixels.
    public let width: Int

    /// The height in pixels.
    public let height: Int

    /// Red, green and blue of each pixel, row by row; each byte is a level from 0 to 255.
    public let rgb: [UInt8]

    /// Returns the pixels as a bitmap of four bytes a pixel takes them: red, green, blue, and an
    /// alpha of 255.
    public func toRGBA() -> [UInt8] {
        var rgba = [UInt8](repeating: 255, count: 4 * width * height)
        for at in 0..<width * height {
            for channel in 0..<3 { rgba[4 * at + channel] = rgb[3 * at + channel] }
        }
        return rgba
    }
}

/// Throws ``SatchelError/input`` for an image without pixels, or with more than a reader takes.
func checkSize(width: Int, height: Int) throws(SatchelError) {
    let (pixels, isTooLarge) = width.multipliedReportingOverflow(by: height)
    if width < 1 || height < 1 || isTooLarge || pixels > Limits.pixels {
        throw SatchelError.input(
            expected: "1 to \(Limits.pixels) pixels", got: "\(width) x \(height)")
    }
}
