// Not compiled where Satchel is developed, which is Linux: parsed there alone. The sample's self-test
// screen compares these decoders with the conformance pictures on the device.
#if canImport(ImageIO)
    import CoreGraphics
    import Foundation
    import ImageIO

    /// Decodes image files by the system's ImageIO.
    public struct PlatformDecoder: ImageDecoder {
        /// The formats that a bundle's reader takes: docs/bundle.md, section 4.
        private static let formats: Set<String> = [
            "com.microsoft.bmp", "com.compuserve.gif", "public.jpeg", "public.png", "public.tiff",
            "org.webmproject.webp",
        ]

        public init() {}

        /// Returns the first image of a file, upright and in sRGB.
        ///
        /// - Throws: ``SatchelError/input`` for another format, for too many pixels by the header,
        ///   and for a file that cannot be decoded.
        public func decode(_ encoded: [UInt8]) throws(SatchelError) -> DecodedImage {
            guard let source = CGImageSourceCreateWithData(Data(encoded) as CFData, nil),
                let type = CGImageSourceGetType(source) as String?, Self.formats.contains(type)
            else {
                throw SatchelError.input(
                    expected: "a BMP, GIF, JPEG, PNG, TIFF or WebP file", got: "another one")
            }
            let found = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [CFString: Any]
            let width = found?[kCGImagePropertyPixelWidth] as? Int ?? 0
            let height = found?[kCGImagePropertyPixelHeight] as? Int ?? 0
            // Before anything is decoded.
            try checkSize(width: width, height: height)
            let options = [kCGImageSourceShouldCache: false] as CFDictionary
            guard let image = CGImageSourceCreateImageAtIndex(source, 0, options) else {
                throw SatchelError.input(
                    expected: "an image that can be decoded", got: "a damaged one")
            }
            let orientation = found?[kCGImagePropertyOrientation] as? Int ?? 1
            return try DecodedImage(image, orientation: orientation)
        }
    }
#endif
