package satchel.android

import android.content.Context
import android.graphics.Bitmap
import android.net.Uri
import satchel.ImageClassifier
import satchel.Prediction
import satchel.StyleTransfer

/**
 * Returns the [top] best labels of an upright [bitmap], best first; all labels for null. The bitmap
 * is read on the lane: do not recycle it before.
 *
 * @throws satchel.InputException for a bitmap that was recycled
 * @throws satchel.EngineException if the model does not run
 */
public suspend fun Lane<ImageClassifier>.classify(
    bitmap: Bitmap,
    top: Int? = null,
): List<Prediction> = run { it.classify(bitmap.toDecodedImage(), top) }

/**
 * Returns the [top] best labels of an encoded image, such as a JPEG file, best first; all for null.
 *
 * @throws satchel.InputException for bytes that are no image
 * @throws satchel.EngineException if the model does not run
 */
public suspend fun Lane<ImageClassifier>.classify(
    encoded: ByteArray,
    top: Int? = null,
): List<Prediction> = run { it.classify(AndroidImageDecoder.decode(encoded), top) }

/**
 * Returns the [top] best labels of the image at [link], best first; all labels for null.
 *
 * @throws satchel.InputException for a link that cannot be read any more, or without an image
 * @throws satchel.EngineException if the model does not run
 */
public suspend fun Lane<ImageClassifier>.classify(
    context: Context,
    link: Uri,
    top: Int? = null,
): List<Prediction> = run { it.classify(decodeImage(context, link), top) }

/**
 * Returns an upright [bitmap] in the style of the bundle.
 *
 * @throws satchel.InputException for a bitmap that was recycled
 * @throws satchel.EngineException if the model does not run
 */
public suspend fun Lane<StyleTransfer>.transfer(bitmap: Bitmap): Bitmap =
    run { it.transfer(bitmap.toDecodedImage()).toBitmap() }
