// Not compiled where Satchel is developed, which is Linux: parsed there alone.
#if canImport(UIKit)
    import UIKit

    extension DecodedImage {
        /// Makes an image of one of UIKit, upright.
        ///
        /// - Throws: ``SatchelError/input`` for an image without pixels, such as one of Core Image
        ///   alone.
        public init(_ image: UIImage) throws(SatchelError) {
            guard let pixels = image.cgImage else {
                throw SatchelError.input(
                    expected: "an image with pixels",
                    got: "one without",
                    remedy: "draw it first, or give its CGImage")
            }
            self = try DecodedImage(pixels, orientation: exifOrientation(image.imageOrientation))
        }
    }

    /// Returns the EXIF orientation, 1 to 8, of UIKit's.
    private func exifOrientation(_ orientation: UIImage.Orientation) -> Int {
        switch orientation {
        case .up: 1
        case .upMirrored: 2
        case .down: 3
        case .downMirrored: 4
        case .leftMirrored: 5
        case .right: 6
        case .rightMirrored: 7
        case .left: 8
        @unknown default: 1
        }
    }
#endif
