// Images: docs/bundle.md, section 4, steps 4 to 6. The platform has done steps 1 to 3.

/// Returns `image` flattened, cropped and resized to the model's size.
///
/// - Throws: ``SatchelError/input`` for an image that has too many pixels between the two passes.
func readPixels(_ image: DecodedImage, _ input: ImageInput) throws(SatchelError) -> Pixels {
    let piece = croppedPiece(width: image.width, height: image.height, input: input)
    let place = placeInInput(width: image.width, height: image.height, input: input)
    let resized = try flattenAndResize(
        image, piece, input.background, width: place.width, height: place.height)
    let fills = place.width == input.width && place.height == input.height
    return fills ? resized : framed(resized, place, input)
}

/// Returns `image` with transparent pixels mixed with `background`: step 4.
func flatten(_ image: DecodedImage, background: RGBColor) throws(SatchelError) -> Pixels {
    let whole = Piece(left: 0, top: 0, width: image.width, height: image.height)
    return try flattenAndResize(
        image, whole, background, width: image.width, height: image.height)
}

/// Does steps 4 and 6 row by row, so that no second image of the first one's size is needed.
private func flattenAndResize(
    _ image: DecodedImage,
    _ piece: Piece,
    _ background: RGBColor,
    width: Int,
    height: Int
) throws(SatchelError) -> Pixels {
    try checkSize(width: width, height: piece.height)
    let wide = flattenedRows(image, piece, background, width: width)
    let isDone = height == piece.height
    let rgb =
        isDone
        ? wide
        : resizeColumns(wide, rowBytes: 3 * width, weightsOf(piece.height, height))
    return Pixels(width: width, height: height, rgb: rgb)
}

/// Returns the rows of a piece, flattened, each resized to `width` pixels.
private func flattenedRows(
    _ image: DecodedImage,
    _ piece: Piece,
    _ background: RGBColor,
    width: Int
) -> [UInt8] {
    let weights = width == piece.width ? nil : weightsOf(piece.width, width)
    let rowBytes = 3 * width
    var row = [UInt8](repeating: 0, count: 3 * piece.width)
    var wide = [UInt8](repeating: 0, count: rowBytes * piece.height)
    image.rgba.withUnsafeBufferPointer { rgba in
        wide.withUnsafeMutableBufferPointer { wide in
            for y in 0..<piece.height {
                let begin = 4 * ((piece.top + y) * image.width + piece.left)
                let from = UnsafeBufferPointer(rebasing: rgba[begin..<begin + 4 * piece.width])
                let into = UnsafeMutableBufferPointer(
                    rebasing: wide[y * rowBytes..<(y + 1) * rowBytes])
                guard let weights else {
                    flattenRow(from, background, into: into)
                    continue
                }
                row.withUnsafeMutableBufferPointer { flattenRow(from, background, into: $0) }
                row.withUnsafeBufferPointer { resizeRow($0, weights, into: into) }
            }
        }
    }
    return wide
}

private func flattenRow(
    _ rgba: UnsafeBufferPointer<UInt8>,
    _ background: RGBColor,
    into: UnsafeMutableBufferPointer<UInt8>
) {
    let behind = (Int32(background.red), Int32(background.green), Int32(background.blue))
    for at in 0..<rgba.count / 4 {
        let from = 4 * at
        let alpha = Int32(rgba[from + 3])
        if alpha == 255 {
            into[3 * at] = rgba[from]
            into[3 * at + 1] = rgba[from + 1]
            into[3 * at + 2] = rgba[from + 2]
        } else {
            into[3 * at] = mixed(rgba[from], behind.0, alpha)
            into[3 * at + 1] = mixed(rgba[from + 1], behind.1, alpha)
            into[3 * at + 2] = mixed(rgba[from + 2], behind.2, alpha)
        }
    }
}

private func mixed(_ level: UInt8, _ behind: Int32, _ alpha: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: (Int32(level) &* alpha &+ behind &* (255 &- alpha) &+ 127) / 255)
}

private func framed(_ pixels: Pixels, _ place: Piece, _ input: ImageInput) -> Pixels {
    let padding = [input.padding.red, input.padding.green, input.padding.blue]
    var rgb = (0..<3 * input.width * input.height).map { padding[$0 % 3] }
    for row in 0..<place.height {
        let from = 3 * row * place.width
        let to = 3 * ((place.top + row) * input.width + place.left)
        rgb.replaceSubrange(
            to..<to + 3 * place.width, with: pixels.rgb[from..<from + 3 * place.width])
    }
    return Pixels(width: input.width, height: input.height, rgb: rgb)
}

/// Returns `(a * (256 - share) + b * share + 128) >> 8` of two images of one size.
///
/// `share` is 1 to 255. Golden vectors with a `blend` use it: section 8.
func blend(_ one: Pixels, _ other: Pixels, share: Int) -> Pixels {
    let rgb = zip(one.rgb, other.rgb).map { a, b in
        UInt8(truncatingIfNeeded: (Int(a) * (256 - share) + Int(b) * share + 128) >> 8)
    }
    return Pixels(width: one.width, height: one.height, rgb: rgb)
}
