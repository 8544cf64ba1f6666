// Not compiled where Satchel is developed, which is Linux: parsed there alone. What it calls,
// CameraFrame and imageOfBGRA, is tested there.
#if canImport(CoreVideo)
    import CoreVideo

    extension DecodedImage {
        /// Makes an image of a camera's frame in BGRA or in YCbCr of 4:2:0, turned by the EXIF
        /// `orientation`, 1 to 8.
        ///
        /// - Throws: ``SatchelError/input`` for another pixel format.
        public init(_ buffer: CVPixelBuffer, orientation: Int = 1) throws(SatchelError) {
            CVPixelBufferLockBaseAddress(buffer, .readOnly)
            defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
            let (width, height) = (CVPixelBufferGetWidth(buffer), CVPixelBufferGetHeight(buffer))
            switch CVPixelBufferGetPixelFormatType(buffer) {
            case kCVPixelFormatType_32BGRA:
                self = try imageOfBGRA(
                    width: width, height: height, bytes(buffer),
                    rowBytes: CVPixelBufferGetBytesPerRow(buffer), orientation: orientation)
            case kCVPixelFormatType_420YpCbCr8BiPlanarFullRange:
                self = try frame(buffer, .full).image(orientation: orientation)
            case kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange:
                self = try frame(buffer, .video).image(orientation: orientation)
            default:
                throw SatchelError.input(
                    expected: "a frame in BGRA or YCbCr of 4:2:0", got: "another pixel format")
            }
        }
    }

    private func bytes(_ buffer: CVPixelBuffer) -> [UInt8] {
        let count = CVPixelBufferGetBytesPerRow(buffer) * CVPixelBufferGetHeight(buffer)
        let begin = CVPixelBufferGetBaseAddress(buffer)
        return Array(UnsafeRawBufferPointer(start: begin, count: begin == nil ? 0 : count))
    }

    private func plane(_ buffer: CVPixelBuffer, _ at: Int) -> [UInt8] {
        let rows = CVPixelBufferGetHeightOfPlane(buffer, at)
        let count = CVPixelBufferGetBytesPerRowOfPlane(buffer, at) * rows
        let begin = CVPixelBufferGetBaseAddressOfPlane(buffer, at)
        return Array(UnsafeRawBufferPointer(start: begin, count: begin == nil ? 0 : count))
    }

    private func frame(
        _ buffer: CVPixelBuffer,
        _ range: CameraFrame.Range
    ) throws(SatchelError) -> CameraFrame {
        let named = CVBufferCopyAttachment(buffer, kCVImageBufferYCbCrMatrixKey, nil)
        let is709 = (named as? String) == (kCVImageBufferYCbCrMatrix_ITU_R_709_2 as String)
        return try CameraFrame(
            width: CVPixelBufferGetWidth(buffer),
            height: CVPixelBufferGetHeight(buffer),
            luma: plane(buffer, 0),
            lumaRowBytes: CVPixelBufferGetBytesPerRowOfPlane(buffer, 0),
            chroma: plane(buffer, 1),
            chromaRowBytes: CVPixelBufferGetBytesPerRowOfPlane(buffer, 1),
            range: range,
            matrix: is709 ? .bt709 : .bt601)
    }
#endif
