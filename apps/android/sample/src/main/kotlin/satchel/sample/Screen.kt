package satchel.sample

import android.app.Activity
import android.os.Bundle as State
import android.view.View
import android.widget.Button
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import satchel.SatchelException

private const val PADDING_DP = 16
private const val TEXT_SP = 16f
private const val HEADING_SP = 22f

/** A screen of one column, with a line that says what happens. */
internal abstract class Screen : Activity() {
    /** Ends with the screen, and with it what was begun for it. */
    protected val scope = CoroutineScope(SupervisorJob() + MainThread)
    private lateinit var column: LinearLayout
    private lateinit var status: TextView

    override fun onCreate(state: State?) {
        super.onCreate(state)
        val padding = (PADDING_DP * resources.displayMetrics.density).toInt()
        column = LinearLayout(this).apply {
            orientation = LinearLayout.VERTICAL
            setPadding(padding, padding, padding, padding)
        }
        setContentView(ScrollView(this).apply { addView(column) })
        status = text("").apply {
            // TalkBack reads each new line.
            accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        }
        show(state)
    }

    /** Fills the screen. */
    protected abstract fun show(state: State?)

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    /** Says a line above everything else. */
    protected fun say(line: String) {
        status.text = line
    }

    /** Begins work, and says in one line why it failed, if a bundle or an input was refused. */
    protected fun begin(work: suspend () -> Unit): Job = scope.launch {
        try {
            work()
        } catch (error: SatchelException) {
            say(error.message!!)
        }
    }

    protected fun <V : View> add(view: V): V = view.also(column::addView)

    protected fun text(line: String): TextView = add(
        TextView(this).apply {
            text = line
            textSize = TEXT_SP
            setTextIsSelectable(true)
        },
    )

    protected fun heading(line: Int): TextView = text(getString(line)).apply {
        textSize = HEADING_SP
        setTextIsSelectable(false)
    }

    protected fun button(name: String, act: () -> Unit): Button = add(
        Button(this).apply {
            text = name
            setAllCaps(false)
            setOnClickListener { act() }
        },
    )

    protected fun button(name: Int, act: () -> Unit): Button = button(getString(name), act)
}

/** A screen for the open bundle. It ends if Android ended the application in between. */
internal abstract class BundleScreen : Screen() {
    protected lateinit var opened: Opened

    override fun show(state: State?) {
        val found = Session.opened ?: return finish()
        opened = found
        title = found.bundle.card.name
        show(found)
    }

    protected abstract fun show(opened: Opened)
}
