package satchel.sample

import android.graphics.Bitmap
import android.text.InputType
import android.widget.EditText
import satchel.InputException
import satchel.Seed
import satchel.android.generate
import satchel.android.toBitmap

/** Makes the image of a seed. */
internal class GeneratorActivity : BundleScreen() {
    private var seed = 7L

    override fun show(opened: Opened) {
        val lane = (opened.running as? Running.Seeds)?.lane ?: return finish()
        val field = add(
            EditText(this).apply {
                setHint(R.string.seed)
                inputType = InputType.TYPE_CLASS_NUMBER
                setText("$seed")
            },
        )
        val image = add(imageView(this))
        fun generate() = begin {
            val chosen = seedOf(field.text.toString())
            val found = timed { lane.generate(chosen) }
            image.setImageBitmap(sharp(found.value.toBitmap()))
            image.contentDescription = getString(R.string.generated, "$chosen")
            say(getString(R.string.generated, "$chosen") + "\n" + answeredBy(found.ms, opened))
        }
        button(R.string.generate) { generate() }
        button(R.string.next) {
            field.setText("${(field.text.toString().toLongOrNull() ?: 0L) + 1}")
            generate()
        }
    }

    private fun seedOf(typed: String): Seed = Seed(
        typed.toLongOrNull() ?: throw InputException("a whole number as a seed", "another text"),
    )
}

private const val SIDE = 512

/** Returns a small image larger, with its pixels visible. */
internal fun sharp(image: Bitmap): Bitmap {
    val factor = maxOf(1, SIDE / maxOf(image.width, image.height))
    return Bitmap.createScaledBitmap(image, factor * image.width, factor * image.height, false)
}
