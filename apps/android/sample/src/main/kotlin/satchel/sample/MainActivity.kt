package satchel.sample

import android.app.Activity
import android.content.Intent
import android.os.Bundle as State
import android.text.InputType
import android.widget.CheckBox
import android.widget.EditText
import java.io.File
import kotlinx.coroutines.Job
import satchel.BundleSource
import satchel.android.assetSource
import satchel.android.downloadBundle
import satchel.android.linkSource

private const val ZOO = "zoo"
private const val CHOOSE = 1

/** Opens a bundle of the application, of a file or of a link. */
internal class MainActivity : Screen() {
    private lateinit var accelerated: CheckBox
    private var opening: Job? = null

    override fun show(state: State?) {
        heading(R.string.choose)
        accelerated = add(CheckBox(this).apply { setText(R.string.accelerate) })
        for (name in assets.list(ZOO).orEmpty()) {
            button(name.removeSuffix(".satchel")) { open { assetSource(this, "$ZOO/$name") } }
        }
        heading(R.string.others)
        button(R.string.file, ::chooseFile)
        val link = add(
            EditText(this).apply {
                setHint(R.string.link)
                inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_VARIATION_URI
            },
        )
        button(R.string.download) { download(link.text.toString()) }
        say(getString(R.string.welcome))
    }

    private fun chooseFile() {
        val ask = Intent(Intent.ACTION_OPEN_DOCUMENT).setType("*/*")
        startActivityForResult(ask.addCategory(Intent.CATEGORY_OPENABLE), CHOOSE)
    }

    override fun onActivityResult(asked: Int, result: Int, data: Intent?) {
        val link = data?.data
        if (asked == CHOOSE && result == Activity.RESULT_OK && link != null) {
            open { linkSource(this, link) }
        }
    }

    private fun download(address: String) {
        val target = File(cacheDir, "download.satchel")
        opening?.cancel()
        say(getString(R.string.opening))
        opening = begin {
            downloadBundle(address, target)
            finishOpening { downloaded(target) }
        }
    }

    private fun open(source: () -> BundleSource) {
        opening?.cancel()
        say(getString(R.string.opening))
        opening = begin { finishOpening(source) }
    }

    private suspend fun finishOpening(source: () -> BundleSource) {
        val opened = open(this, accelerated.isChecked, source)
        Session.replace(opened)
        say("")
        startActivity(Intent(this, ModelActivity::class.java))
    }

    private fun downloaded(file: File): BundleSource =
        linkSource(this, android.net.Uri.fromFile(file))
}
