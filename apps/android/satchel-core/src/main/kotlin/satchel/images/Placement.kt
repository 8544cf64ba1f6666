package satchel.images

import satchel.Fit
import satchel.ImageInput

/* Images: docs/bundle.md, section 4. Where the pixels of an image come from and go to. */

/** A piece of an image, in whole pixels. */
internal data class Piece(val left: Int, val top: Int, val width: Int, val height: Int)

/** Returns the piece that the model sees: step 5. */
internal fun croppedPiece(width: Int, height: Int, input: ImageInput): Piece {
    if (input.fit != Fit.CROP) return Piece(0, 0, width, height)
    if (isWider(width, height, input)) {
        val kept = keptSide(height, input.width, input.height)
        return Piece((width - kept) / 2, 0, kept, height)
    }
    val kept = keptSide(width, input.height, input.width)
    return Piece(0, (height - kept) / 2, width, kept)
}

/** Returns the place of an image in the model's input: step 6. */
internal fun placeInInput(width: Int, height: Int, input: ImageInput): Piece {
    if (input.fit != Fit.LETTERBOX) return Piece(0, 0, input.width, input.height)
    val wide = isWider(width, height, input)
    val rows = if (wide) keptSide(height, input.width, width) else input.height
    val columns = if (wide) input.width else keptSide(width, input.height, height)
    return Piece((input.width - columns) / 2, (input.height - rows) / 2, columns, rows)
}

private fun isWider(width: Int, height: Int, input: ImageInput): Boolean =
    width.toLong() * input.height > height.toLong() * input.width

/** Returns `side * of / to`, at least 1. Ties are rounded up. */
private fun keptSide(side: Int, of: Int, to: Int): Int =
    maxOf(1, ((2L * side * of + to) / (2L * to)).toInt())
