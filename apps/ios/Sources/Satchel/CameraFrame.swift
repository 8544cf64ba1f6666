/// A frame of a camera in YCbCr with half the chroma in each direction (4:2:0), in two planes: the
/// form of `kCVPixelFormatType_420YpCbCr8BiPlanar…`. It has no class of any platform, so that it is
/// tested everywhere.
public struct CameraFrame: Sendable {
    /// The range of the levels.
    public enum Range: Sendable {
        /// Luma and chroma from 0 to 255.
        case full

        /// Luma from 16 to 235, chroma from 16 to 240.
        case video
    }

    /// The weights of red, green and blue in luma.
    public enum Matrix: Sendable {
        /// ITU-R BT.601, of JPEG and of most still cameras.
        case bt601

        /// ITU-R BT.709, of high definition video.
        case bt709
    }

    /// The width in pixels.
    public let width: Int

    /// The height in pixels.
    public let height: Int

    private let luma: [UInt8]
    private let lumaRowBytes: Int
    private let chroma: [UInt8]
    private let chromaRowBytes: Int
    private let range: Range
    private let matrix: Matrix

    /// Makes a frame. `luma` has a byte for each pixel in rows of `lumaRowBytes`, and `chroma` a
    /// byte of Cb and one of Cr for each 2 x 2 pixels in rows of `chromaRowBytes`.
    ///
    /// - Throws: ``SatchelError/input`` for sides or planes that do not fit each other.
    public init(
        width: Int,
        height: Int,
        luma: [UInt8],
        lumaRowBytes: Int,
        chroma: [UInt8],
        chromaRowBytes: Int,
        range: Range,
        matrix: Matrix
    ) throws(SatchelError) {
        try checkSize(width: width, height: height)
        let (columns, rows) = ((width + 1) / 2, (height + 1) / 2)
        // The last row need not be filled up.
        let fits =
            lumaRowBytes >= width && chromaRowBytes >= 2 * columns
            && holds(luma, lumaRowBytes, rows: height, last: width)
            && holds(chroma, chromaRowBytes, rows: rows, last: 2 * columns)
        if !fits {
            throw SatchelError.input(
                expected: "planes of luma and chroma for \(width) x \(height) pixels",
                got: "\(luma.count) and \(chroma.count) bytes in rows of \(lumaRowBytes) and"
                    + " \(chromaRowBytes)")
        }
        (self.width, self.height) = (width, height)
        (self.luma, self.lumaRowBytes) = (luma, lumaRowBytes)
        (self.chroma, self.chromaRowBytes) = (chroma, chromaRowBytes)
        (self.range, self.matrix) = (range, matrix)
    }

    /// Returns the frame as an image, turned by the EXIF `orientation`, 1 to 8.
    ///
    /// A pixel takes the chroma of its 2 x 2 pixels. Each level is rounded to the nearest and
    /// clipped.
    public func image(orientation: Int = 1) throws(SatchelError) -> DecodedImage {
        let terms = Terms(range, matrix)
        var rgba = [UInt8](repeating: 255, count: 4 * width * height)
        rgba.withUnsafeMutableBufferPointer { rgba in
            for y in 0..<height {
                for x in 0..<width {
                    let at = chromaRowBytes * (y / 2) + 2 * (x / 2)
                    let pixel = terms.rgb(luma[lumaRowBytes * y + x], chroma[at], chroma[at + 1])
                    let to = 4 * (width * y + x)
                    (rgba[to], rgba[to + 1], rgba[to + 2]) = pixel
                }
            }
        }
        return try DecodedImage(width: width, height: height, rgba: rgba)
            .upright(orientation: orientation)
    }
}

private func holds(_ plane: [UInt8], _ rowBytes: Int, rows: Int, last: Int) -> Bool {
    let (before, isTooLarge) = (rows - 1).multipliedReportingOverflow(by: rowBytes)
    return !isTooLarge && plane.count >= last && plane.count - last >= before
}

/// The equations of a matrix in a range, in numbers of 16 bits behind the point.
private struct Terms {
    private let black: Int
    private let luma: Int
    private let redOfCr: Int
    private let greenOfCb: Int
    private let greenOfCr: Int
    private let blueOfCb: Int

    init(_ range: CameraFrame.Range, _ matrix: CameraFrame.Matrix) {
        let (red, blue) = matrix == .bt601 ? (0.299, 0.114) : (0.2126, 0.0722)
        let green = 1 - red - blue
        let isFull = range == .full
        let chroma = isFull ? 1.0 : 255.0 / 224
        func fixed(_ number: Double) -> Int { Int((number * 65_536).rounded()) }
        black = isFull ? 0 : 16
        luma = fixed(isFull ? 1 : 255.0 / 219)
        redOfCr = fixed(2 * (1 - red) * chroma)
        blueOfCb = fixed(2 * (1 - blue) * chroma)
        greenOfCr = fixed(2 * (1 - red) * red / green * chroma)
        greenOfCb = fixed(2 * (1 - blue) * blue / green * chroma)
    }

    /// Returns red, green and blue.
    @inline(__always)
    func rgb(_ y: UInt8, _ cb: UInt8, _ cr: UInt8) -> (UInt8, UInt8, UInt8) {
        let light = (Int(y) - black) * luma + 32_768
        let (b, r) = (Int(cb) - 128, Int(cr) - 128)
        return (
            clipped(light + r * redOfCr),
            clipped(light - b * greenOfCb - r * greenOfCr),
            clipped(light + b * blueOfCb)
        )
    }
}

private func clipped(_ fixed: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(fixed >> 16, 0), 255))
}

/// Returns bytes of blue, green, red and alpha as red, green, blue and alpha.
///
/// - Throws: ``SatchelError/input`` if the rows do not hold `width * height` pixels.
func imageOfBGRA(
    width: Int,
    height: Int,
    _ bytes: [UInt8],
    rowBytes: Int,
    orientation: Int = 1
) throws(SatchelError) -> DecodedImage {
    try checkSize(width: width, height: height)
    if rowBytes < 4 * width || !holds(bytes, rowBytes, rows: height, last: 4 * width) {
        throw SatchelError.input(
            expected: "4 bytes for each of \(width) x \(height) pixels",
            got: "\(bytes.count) bytes in rows of \(rowBytes)")
    }
    var rgba = [UInt8](repeating: 255, count: 4 * width * height)
    for y in 0..<height {
        for x in 0..<width {
            let (from, to) = (rowBytes * y + 4 * x, 4 * (width * y + x))
            rgba[to] = bytes[from + 2]
            rgba[to + 1] = bytes[from + 1]
            rgba[to + 2] = bytes[from]
            rgba[to + 3] = bytes[from + 3]
        }
    }
    return try DecodedImage(width: width, height: height, rgba: rgba)
        .upright(orientation: orientation)
}

/// Returns levels that were multiplied by alpha as they were before, as well as 8 bits hold them.
///
/// `rgba` has four bytes a pixel; the bytes of a pixel without alpha stay as they are.
func withoutPremultipliedAlpha(_ rgba: [UInt8]) -> [UInt8] {
    var plain = rgba
    for at in stride(from: 0, to: plain.count - plain.count % 4, by: 4) {
        let alpha = Int(plain[at + 3])
        if alpha == 0 || alpha == 255 { continue }
        for channel in at..<at + 3 {
            plain[channel] = UInt8(min(255, (Int(plain[channel]) * 255 + alpha / 2) / alpha))
        }
    }
    return plain
}
