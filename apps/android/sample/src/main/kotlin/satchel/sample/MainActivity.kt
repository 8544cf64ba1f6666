package satchel.sample

import android.app.Activity
import android.os.Bundle as State
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import satchel.Bundle
import satchel.SatchelException
import satchel.SelfTestResult
import satchel.onnx.OnnxRuntime
import satchel.openModel
import satchel.selfTest

private const val FOLDER = "zoo"
private const val PADDING_DP = 16
private const val TEXT_SP = 16f
private const val NANOSECONDS_A_MILLISECOND = 1_000_000

/** Runs the golden vectors of every bundle in the application on this device. */
public class MainActivity : Activity() {
    private lateinit var list: LinearLayout

    @Volatile
    private var isOpen = true

    override fun onCreate(state: State?) {
        super.onCreate(state)
        val padding = (PADDING_DP * resources.displayMetrics.density).toInt()
        list = LinearLayout(this).apply {
            orientation = LinearLayout.VERTICAL
            setPadding(padding, padding, padding, padding)
        }
        setContentView(ScrollView(this).apply { addView(list) })
        show(getString(R.string.running))
        Thread(::testAll, "self-tests").start()
    }

    override fun onDestroy() {
        isOpen = false
        super.onDestroy()
    }

    private fun testAll() {
        for (name in assets.list(FOLDER).orEmpty()) {
            val line = try {
                tested(name)
            } catch (error: SatchelException) {
                getString(R.string.refused, name, error.message)
            }
            if (!isOpen) return
            runOnUiThread { show(line) }
        }
    }

    private fun tested(name: String): String {
        val content = assets.open("$FOLDER/$name").use { it.readBytes() }
        val engine = OnnxRuntime()
        return Bundle.open(content).use { bundle ->
            bundle.openModel(listOf(engine)).use { model ->
                val begin = System.nanoTime()
                val result = bundle.selfTest(model, BitmapDecoder)
                val ms = (System.nanoTime() - begin) / NANOSECONDS_A_MILLISECOND
                val (card, count) = bundle.card.name to result.results.size
                val file = model.entry.file
                when (result) {
                    is SelfTestResult.Passed ->
                        getString(R.string.passed, card, file, count, ms, engine.version)
                    is SelfTestResult.Failed ->
                        getString(R.string.failed, card, file, result.failures.size, count)
                }
            }
        }
    }

    private fun show(line: String) = list.addView(
        TextView(this).apply {
            text = line
            textSize = TEXT_SP
            setTextIsSelectable(true)
        },
    )
}
