package satchel.sample

import android.text.InputType
import android.widget.EditText
import satchel.android.classify

private const val LINES = 4

/** Classifies a text that is typed. */
internal class TextActivity : BundleScreen() {
    override fun show(opened: Opened) {
        val lane = (opened.running as? Running.Texts)?.lane ?: return finish()
        val field = add(
            EditText(this).apply {
                setHint(R.string.review)
                minLines = LINES
                inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_MULTI_LINE or
                    InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
            },
        )
        button(R.string.classify) {
            val typed = field.text.toString()
            begin { say(described(timed { lane.classify(typed, TOP) }, opened)) }
        }
    }
}

/** The number of labels that the screens show. */
internal const val TOP = 5
