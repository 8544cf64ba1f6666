package satchel.android

import android.graphics.ImageFormat
import android.graphics.PixelFormat
import android.media.Image
import satchel.DecodedImage
import satchel.InputException

/**
 * Returns the upright image of a frame of a camera, in `YUV_420_888` or `RGBA_8888`. The frame may
 * be closed afterwards. The whole frame is read, whatever its crop rectangle.
 *
 * CameraX's `ImageProxy` has the same planes: hand them to [yuvFrame] or [rgbaFrame].
 *
 * @param rotation how far the frame must be turned clockwise to be upright: 0, 90, 180 or 270
 *   degrees
 * @throws InputException for a frame of another format
 */
public fun Image.toDecodedImage(rotation: Int): DecodedImage {
    val parts = planes.map { FramePlane(it.buffer, it.rowStride, it.pixelStride) }
    return when (format) {
        ImageFormat.YUV_420_888 -> yuvFrame(width, height, parts[0], parts[1], parts[2], rotation)
        PixelFormat.RGBA_8888 -> rgbaFrame(width, height, parts[0], rotation)
        else -> throw InputException("a frame in YUV_420_888 or RGBA_8888", "format $format")
    }
}
