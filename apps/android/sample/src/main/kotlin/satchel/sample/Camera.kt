package satchel.sample

import android.content.Context
import android.graphics.ImageFormat
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.media.Image
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.view.Surface
import satchel.InputException

private const val WIDTH = 640
private const val HEIGHT = 480
private const val FRAMES = 2
private const val TURN = 360

/**
 * The camera behind the device, while it is open.
 *
 * @param display how far the display is turned, in degrees
 * @param preview shows what the camera sees
 * @param onFrame gets each frame with its rotation, on a thread of its own, and must not keep it
 * @param onFailure gets one line if the camera cannot be used
 */
internal class Camera(
    context: Context,
    private val display: Int,
    private val preview: SurfaceTexture,
    private val onFrame: (Image, rotation: Int) -> Unit,
    private val onFailure: (String) -> Unit,
) : AutoCloseable {
    private val manager = context.getSystemService(Context.CAMERA_SERVICE) as CameraManager
    private val thread = HandlerThread("camera").apply { start() }
    private val handler = Handler(thread.looper)
    private val reader = ImageReader.newInstance(WIDTH, HEIGHT, ImageFormat.YUV_420_888, FRAMES)
    private var device: CameraDevice? = null
    private var rotation = 0

    /** Opens the camera; the permission must have been given. */
    fun open() {
        try {
            val name = backCamera()
            val sensor = manager.getCameraCharacteristics(name)
                .get(CameraCharacteristics.SENSOR_ORIENTATION) ?: 0
            rotation = (sensor - display + TURN) % TURN
            reader.setOnImageAvailableListener({ read() }, handler)
            manager.openCamera(name, opening, handler)
        } catch (error: CameraAccessException) {
            onFailure(error.message ?: error.toString())
        } catch (error: SecurityException) {
            onFailure(error.message ?: error.toString())
        } catch (error: InputException) {
            onFailure(error.message!!)
        }
    }

    private fun backCamera(): String = manager.cameraIdList.find { name ->
        val facing = manager.getCameraCharacteristics(name).get(CameraCharacteristics.LENS_FACING)
        facing == CameraCharacteristics.LENS_FACING_BACK
    } ?: manager.cameraIdList.firstOrNull() ?: throw InputException("a camera", "none")

    private fun read() {
        // Older frames are dropped: the newest one counts.
        reader.acquireLatestImage()?.use { onFrame(it, rotation) }
    }

    private val opening = object : CameraDevice.StateCallback() {
        override fun onOpened(camera: CameraDevice) {
            device = camera
            preview.setDefaultBufferSize(WIDTH, HEIGHT)
            val surfaces = listOf(Surface(preview), reader.surface)
            camera.createCaptureSession(surfaces, Capturing(camera, surfaces), handler)
        }

        override fun onDisconnected(camera: CameraDevice) {
            camera.close()
            onFailure("the camera was taken by another application")
        }

        override fun onError(camera: CameraDevice, error: Int) {
            camera.close()
            onFailure("the camera failed with error $error")
        }
    }

    private inner class Capturing(
        private val camera: CameraDevice,
        private val surfaces: List<Surface>,
    ) : CameraCaptureSession.StateCallback() {
        override fun onConfigured(session: CameraCaptureSession) {
            val request = camera.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
            surfaces.forEach(request::addTarget)
            session.setRepeatingRequest(request.build(), null, handler)
        }

        override fun onConfigureFailed(session: CameraCaptureSession) =
            onFailure("the camera has no frames of $WIDTH x $HEIGHT")
    }

    /** Closes the camera. A frame that is being read is finished first. */
    override fun close() {
        handler.post {
            device?.close()
            reader.close()
            thread.quitSafely()
        }
    }
}
