package satchel.sample

import android.graphics.SurfaceTexture
import android.media.Image
import android.view.Surface
import android.view.TextureView
import android.widget.LinearLayout
import java.util.concurrent.atomic.AtomicBoolean
import satchel.DecodedImage
import satchel.android.classify
import satchel.android.toDecodedImage

/** Classifies what the camera sees, as fast as the model answers. */
internal class CameraActivity : BundleScreen(), TextureView.SurfaceTextureListener {
    private lateinit var view: TextureView
    private var camera: Camera? = null
    private val isBusy = AtomicBoolean()

    override fun show(opened: Opened) {
        if (opened.running !is Running.Images) return finish()
        view = TextureView(this).apply {
            contentDescription = getString(R.string.camera)
            val side = resources.displayMetrics.widthPixels * 3 / 4
            layoutParams = LinearLayout.LayoutParams(side, side)
            surfaceTextureListener = this@CameraActivity
        }
        add(view)
        text(getString(R.string.stays_here))
    }

    override fun onResume() {
        super.onResume()
        if (::view.isInitialized && view.isAvailable) withCamera(::openCamera)
    }

    override fun onPause() {
        closeCamera()
        super.onPause()
    }

    override fun onRequestPermissionsResult(asked: Int, names: Array<String>, given: IntArray) =
        onCameraAnswer(given, ::openCamera, ::say)

    private fun openCamera() {
        if (camera != null || !view.isAvailable) return
        val turned = when (windowManager.defaultDisplay.rotation) {
            Surface.ROTATION_90 -> 90
            Surface.ROTATION_180 -> 180
            Surface.ROTATION_270 -> 270
            else -> 0
        }
        val failed = { line: String -> runOnUiThread { say(line) } }
        camera = Camera(this, turned, view.surfaceTexture, ::onFrame, failed).apply { open() }
    }

    private fun closeCamera() {
        camera?.close()
        camera = null
    }

    /** Frames that come while the model runs are dropped. */
    private fun onFrame(frame: Image, rotation: Int) {
        if (!isBusy.compareAndSet(false, true)) return
        val image = frame.toDecodedImage(rotation)
        runOnUiThread { answer(image) }
    }

    private fun answer(image: DecodedImage) {
        val lane = (opened.running as Running.Images).lane
        begin {
            try {
                say(described(timed { lane.classify(image, 1) }, opened))
            } finally {
                isBusy.set(false)
            }
        }
    }

    override fun onSurfaceTextureAvailable(surface: SurfaceTexture, width: Int, height: Int) =
        withCamera(::openCamera)

    override fun onSurfaceTextureSizeChanged(surface: SurfaceTexture, width: Int, height: Int) = Unit

    override fun onSurfaceTextureUpdated(surface: SurfaceTexture) = Unit

    override fun onSurfaceTextureDestroyed(surface: SurfaceTexture): Boolean {
        closeCamera()
        return true
    }
}
