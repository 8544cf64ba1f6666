// Not compiled where Satchel is developed, which is Linux: parsed there alone. The sample's self-test
// screen compares these decoders with the conformance pictures on the device.
#if canImport(CoreGraphics)
    import CoreGraphics

    extension DecodedImage {
        /// Makes an image of a decoded one, converted to sRGB by the system.
        ///
        /// `orientation` is the EXIF orientation, 1 to 8, which a `CGImage` does not have itself.
        ///
        /// - Throws: ``SatchelError/input`` for an image that cannot be drawn, or is too large.
        public init(_ image: CGImage, orientation: Int = 1) throws(SatchelError) {
            let (width, height) = (image.width, image.height)
            try checkSize(width: width, height: height)
            var rgba = [UInt8](repeating: 0, count: 4 * width * height)
            let isDrawn = rgba.withUnsafeMutableBytes { bytes in
                guard let space = CGColorSpace(name: CGColorSpace.sRGB),
                    let context = CGContext(
                        data: bytes.baseAddress, width: width, height: height, bitsPerComponent: 8,
                        bytesPerRow: 4 * width, space: space,
                        bitmapInfo: CGImageAlphaInfo.premultipliedLast.rawValue)
                else { return false }
                context.interpolationQuality = .none
                context.setBlendMode(.copy)
                context.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
                return true
            }
            if !isDrawn {
                throw SatchelError.input(expected: "an image that can be drawn", got: "another one")
            }
            self = try DecodedImage(
                width: width, height: height, rgba: withoutPremultipliedAlpha(rgba)
            ).upright(orientation: orientation)
        }
    }

    extension Pixels {
        /// The pixels as an image for the screen; nil if memory does not hold it.
        public var cgImage: CGImage? {
            let bytes = toRGBA()
            guard let space = CGColorSpace(name: CGColorSpace.sRGB),
                let data = CFDataCreate(nil, bytes, bytes.count),
                let provider = CGDataProvider(data: data)
            else { return nil }
            return CGImage(
                width: width, height: height, bitsPerComponent: 8, bitsPerPixel: 32,
                bytesPerRow: 4 * width, space: space,
                bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.noneSkipLast.rawValue),
                provider: provider, decode: nil, shouldInterpolate: false, intent: .perceptual)
        }
    }
#endif
