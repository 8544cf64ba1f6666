// Images: docs/bundle.md, section 4. Where the pixels of an image come from and go to.

/// A piece of an image, in whole pixels.
struct Piece: Equatable {
    let left: Int
    let top: Int
    let width: Int
    let height: Int
}

/// Returns the piece that the model sees: step 5.
func croppedPiece(width: Int, height: Int, input: ImageInput) -> Piece {
    if input.fit != .crop { return Piece(left: 0, top: 0, width: width, height: height) }
    if isWider(width, height, input) {
        let kept = keptSide(height, of: input.width, to: input.height)
        return Piece(left: (width - kept) / 2, top: 0, width: kept, height: height)
    }
    let kept = keptSide(width, of: input.height, to: input.width)
    return Piece(left: 0, top: (height - kept) / 2, width: width, height: kept)
}

/// Returns the place of an image in the model's input: step 6.
func placeInInput(width: Int, height: Int, input: ImageInput) -> Piece {
    if input.fit != .letterbox {
        return Piece(left: 0, top: 0, width: input.width, height: input.height)
    }
    let wide = isWider(width, height, input)
    let rows = wide ? keptSide(height, of: input.width, to: width) : input.height
    let columns = wide ? input.width : keptSide(width, of: input.height, to: height)
    return Piece(
        left: (input.width - columns) / 2,
        top: (input.height - rows) / 2,
        width: columns,
        height: rows
    )
}

// An image has at most 2^27 pixels and a model's side at most 2^13, so no product here overflows.

private func isWider(_ width: Int, _ height: Int, _ input: ImageInput) -> Bool {
    width * input.height > height * input.width
}

/// Returns `side * of / to`, at least 1. Ties are rounded up.
private func keptSide(_ side: Int, of: Int, to: Int) -> Int {
    max(1, (2 * side * of + to) / (2 * to))
}
