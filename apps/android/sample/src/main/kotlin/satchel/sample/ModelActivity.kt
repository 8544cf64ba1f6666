package satchel.sample

import android.app.Activity
import android.content.Intent

/** Says what the open bundle is, and leads to what can be done with it. */
internal class ModelActivity : BundleScreen() {
    override fun show(opened: Opened) {
        val card = opened.bundle.card
        val signer = opened.bundle.signer?.toString() ?: getString(R.string.unsigned)
        text(getString(R.string.about, card.name, card.version, card.task.nameInCard, signer))
        text(getString(R.string.model, opened.model.entry.file, opened.model.engineName))
        when (opened.running) {
            is Running.Images -> {
                link(R.string.draw, DrawActivity::class.java)
                link(R.string.photo, PhotoActivity::class.java)
                link(R.string.camera, CameraActivity::class.java)
                link(R.string.evaluate, EvaluateActivity::class.java)
            }
            is Running.Texts -> {
                link(R.string.review, TextActivity::class.java)
                link(R.string.evaluate, EvaluateActivity::class.java)
            }
            is Running.Seeds -> link(R.string.generate, GeneratorActivity::class.java)
            is Running.Style -> link(R.string.photo, PhotoActivity::class.java)
        }
        link(R.string.check, SelfCheckActivity::class.java)
    }

    private fun link(name: Int, screen: Class<out Activity>) {
        button(name) { startActivity(Intent(this, screen)) }
    }
}
