import CImageFiles
import Foundation
import Satchel

/// Decodes PNG and JPEG files by the system's libpng and libjpeg, on Linux.
///
/// It reads the EXIF orientation. It applies no colour profile, so a file with one is refused, as is
/// every other format: the Python runtime reads them.
public struct ImageFiles: ImageDecoder {
    /// The largest size of a file, in bytes.
    private static let mostBytes = 256 << 20

    /// The largest number of pixels: those of a JPEG take 10 bytes where it is progressive.
    private static let mostPixels: UInt64 = 53_687_091

    public init() {}

    /// Returns the image of an encoded file, upright and in sRGB.
    ///
    /// - Throws: ``SatchelError/input`` for a file that cannot be decoded.
    public func decode(_ encoded: [UInt8]) throws(SatchelError) -> DecodedImage {
        if encoded.count > Self.mostBytes {
            throw SatchelError.input(
                expected: "an image of at most \(Self.mostBytes) bytes", got: "\(encoded.count)")
        }
        var image = SatchelImageFile()
        if encoded.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
            satchel_decode_png(encoded, encoded.count, Self.mostPixels, &image)
        } else if encoded.starts(with: [0xff, 0xd8, 0xff]) {
            satchel_decode_jpeg(encoded, encoded.count, Self.mostPixels, &image)
        } else {
            throw SatchelError.input(expected: "a PNG or JPEG file", got: "another one")
        }
        defer {
            free(image.rgba)
            free(image.exif)
        }
        return try decoded(image)
    }
}

private func decoded(_ image: SatchelImageFile) throws(SatchelError) -> DecodedImage {
    let problem = withUnsafeBytes(of: image.problem) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    guard problem.isEmpty, let rgba = image.rgba else {
        let line = String(
            String.UnicodeScalarView(problem.unicodeScalars.filter { $0.value >= 32 }))
        throw SatchelError.input(expected: "an image that can be decoded", got: "\(line)")
    }
    if image.has_profile != 0 {
        throw SatchelError.input(
            expected: "an image without a colour profile",
            got: "one with it",
            remedy: "convert it to sRGB, or use the Python runtime")
    }
    let (width, height) = (Int(image.width), Int(image.height))
    let pixels = Array(UnsafeBufferPointer(start: rgba, count: 4 * width * height))
    let upright = try DecodedImage(width: width, height: height, rgba: pixels)
    guard let exif = image.exif else { return upright }
    let bytes = Array(UnsafeBufferPointer(start: exif, count: image.exif_bytes))
    return upright.upright(orientation: orientation(ofExif: bytes))
}

/// Returns the orientation in EXIF data, 1 to 8; 1 for data without one, and for damaged data.
func orientation(ofExif exif: [UInt8]) -> Int {
    let isLittle = exif.starts(with: [0x49, 0x49])
    if !isLittle && !exif.starts(with: [0x4d, 0x4d]) { return 1 }
    func number(_ at: Int, _ bytes: Int) -> Int? {
        guard at >= 0, at + bytes <= exif.count else { return nil }
        let part = exif[at..<at + bytes]
        return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let begin = number(4, 4), let count = number(begin, 2) else {
        return 1
    }
    for at in 0..<count {
        let entry = begin + 2 + 12 * at
        guard let tag = number(entry, 2) else { return 1 }
        if tag == 0x0112, number(entry + 2, 2) == 3, let found = number(entry + 8, 2) {
            return (1...8).contains(found) ? found : 1
        }
    }
    return 1
}
