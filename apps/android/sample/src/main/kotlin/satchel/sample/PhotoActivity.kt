package satchel.sample

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.Intent
import android.graphics.Bitmap
import android.net.Uri
import android.provider.MediaStore
import android.widget.ImageView
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import satchel.DecodedImage
import satchel.android.classify
import satchel.android.decodeImage
import satchel.android.toBitmap
import satchel.android.transfer

private const val GALLERY = 1
private const val CAMERA = 2

/** Classifies a photo of the gallery or of the camera application, or gives it the style. */
internal class PhotoActivity : BundleScreen() {
    private lateinit var image: ImageView

    override fun show(opened: Opened) {
        button(R.string.gallery) {
            val ask = Intent(Intent.ACTION_OPEN_DOCUMENT).setType("image/*")
            startActivityForResult(ask.addCategory(Intent.CATEGORY_OPENABLE), GALLERY)
        }
        // An application that declares the camera must be allowed it, even to ask another one.
        button(R.string.take) { withCamera(::takePhoto) }
        image = add(imageView(this))
    }

    private fun takePhoto() {
        val ask = Intent(MediaStore.ACTION_IMAGE_CAPTURE)
            .putExtra(MediaStore.EXTRA_OUTPUT, SharedFiles.link(PHOTO))
            .addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION)
        try {
            startActivityForResult(ask, CAMERA)
        } catch (_: ActivityNotFoundException) {
            say(getString(R.string.no_camera))
        }
    }

    override fun onRequestPermissionsResult(asked: Int, names: Array<String>, given: IntArray) =
        onCameraAnswer(given, ::takePhoto, ::say)

    override fun onActivityResult(asked: Int, result: Int, data: Intent?) {
        if (result != Activity.RESULT_OK) return
        val link = if (asked == CAMERA) SharedFiles.link(PHOTO) else data?.data ?: return
        answer(link)
    }

    private fun answer(link: Uri) = begin {
        say(getString(R.string.working))
        val photo = withContext(Dispatchers.IO) { decodeImage(this@PhotoActivity, link) }
        when (val running = opened.running) {
            is Running.Images -> {
                image.setImageBitmap(preview(photo))
                image.contentDescription = getString(R.string.chosen_photo)
                say(described(timed { running.lane.classify(photo, TOP) }, opened))
            }
            is Running.Style -> {
                val found = timed { running.lane.transfer(photo) }
                image.setImageBitmap(found.value.toBitmap())
                image.contentDescription = getString(R.string.styled_photo)
                say(answeredBy(found.ms, opened))
            }
            is Running.Texts, is Running.Seeds -> finish()
        }
    }
}

/** Returns a bitmap that every device can show. */
private fun preview(photo: DecodedImage): Bitmap {
    val whole =
        Bitmap.createBitmap(photo.argb, photo.width, photo.height, Bitmap.Config.ARGB_8888)
    val factor = SIDE / maxOf(photo.width, photo.height)
    if (factor >= 1) return whole
    val width = maxOf(1, (factor * photo.width).toInt())
    val height = maxOf(1, (factor * photo.height).toInt())
    return Bitmap.createScaledBitmap(whole, width, height, true)
}

/** The longest side of a preview, in pixels. */
private const val SIDE = 1024.0
private const val PHOTO = "photo.jpg"
