extension DecodedImage {
    /// Returns the upright image of one that was stored with the EXIF `orientation`, 1 to 8: step 2
    /// of docs/bundle.md, section 4. Any other number counts as upright.
    ///
    /// It is for decoders that do not apply the orientation, and for the frames of a camera.
    public func upright(orientation: Int) -> DecodedImage {
        guard (2...8).contains(orientation) else { return self }
        let isLying = orientation >= 5
        let (turnedWidth, turnedHeight) = isLying ? (height, width) : (width, height)
        let (right, bottom) = (width - 1, height - 1)
        var turned = [UInt8](repeating: 0, count: rgba.count)
        for y in 0..<turnedHeight {
            for x in 0..<turnedWidth {
                let from =
                    switch orientation {
                    case 2: y * width + right - x
                    case 3: (bottom - y) * width + right - x
                    case 4: (bottom - y) * width + x
                    case 5: x * width + y
                    case 6: (bottom - x) * width + y
                    case 7: (bottom - x) * width + right - y
                    default: x * width + right - y
                    }
                let to = y * turnedWidth + x
                for byte in 0..<4 { turned[4 * to + byte] = rgba[4 * from + byte] }
            }
        }
        return DecodedImage(turnedWidth, turnedHeight, turned)
    }

    /// Makes an image from one of the same size, which needs no check.
    private init(_ width: Int, _ height: Int, _ rgba: [UInt8]) {
        self.width = width
        self.height = height
        self.rgba = rgba
    }
}
