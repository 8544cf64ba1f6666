package satchel.sample

import android.content.Context
import android.os.Build
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import satchel.Bundle
import satchel.BundleSource
import satchel.EngineProvider
import satchel.ImageClassifier
import satchel.ImageGenerator
import satchel.Prediction
import satchel.StyleTransfer
import satchel.Task
import satchel.TaskRunner
import satchel.TextClassifier
import satchel.android.Accelerator
import satchel.android.AcceleratorTrials
import satchel.android.AndroidImageDecoder
import satchel.android.Lane
import satchel.android.RecordFolder
import satchel.android.openLane
import satchel.onnx.OnnxAccelerator
import satchel.onnx.OnnxRuntime

/** The bundle that the screens are about. */
internal object Session {
    var opened: Opened? = null
        private set

    /** Puts another bundle in the place of the one that is open, which is closed. */
    fun replace(next: Opened) {
        opened?.close()
        opened = next
    }
}

/** What an open model does. */
internal sealed interface Running {
    val lane: Lane<TaskRunner>

    class Images(override val lane: Lane<ImageClassifier>) : Running

    class Texts(override val lane: Lane<TextClassifier>) : Running

    class Seeds(override val lane: Lane<ImageGenerator>) : Running

    class Style(override val lane: Lane<StyleTransfer>) : Running
}

/** A bundle that is open, and its model on a lane. */
internal class Opened(val bundle: Bundle, val running: Running) : AutoCloseable {
    val model get() = running.lane.runner.model

    override fun close() {
        running.lane.close()
        bundle.close()
    }
}

/** The accelerators that ONNX Runtime for Android has. */
internal val ACCELERATORS: List<Accelerator> =
    listOf(OnnxAccelerator.XNNPACK, OnnxAccelerator.NNAPI).map { each ->
        Accelerator("onnx $each") { OnnxRuntime(each) }
    }

internal fun trials(context: Context) = AcceleratorTrials(
    RecordFolder(File(context.noBackupFilesDir, "accelerators")),
    Build.FINGERPRINT,
    AndroidImageDecoder,
)

/** Opens the bundle of [source]; an accelerator runs it only after it passed the self-test here. */
internal suspend fun open(
    context: Context,
    isAccelerated: Boolean,
    source: () -> BundleSource,
): Opened {
    val bundle = withContext(Dispatchers.IO) { Bundle.open(source(), whole = true) }
    var opened = false
    try {
        val result = Opened(bundle, running(bundle) { engines(context, bundle, isAccelerated) })
        opened = true
        return result
    } finally {
        if (!opened) bundle.close()
    }
}

private fun engines(
    context: Context,
    bundle: Bundle,
    isAccelerated: Boolean,
): List<EngineProvider> = trials(context).enginesFor(
    bundle,
    if (isAccelerated) ACCELERATORS else emptyList(),
    listOf(OnnxRuntime()),
)

private suspend fun running(bundle: Bundle, engines: () -> List<EngineProvider>): Running =
    when (bundle.card.task) {
        Task.IMAGE_CLASSIFICATION ->
            Running.Images(openLane { ImageClassifier(bundle, engines()) })
        Task.TEXT_CLASSIFICATION -> Running.Texts(openLane { TextClassifier(bundle, engines()) })
        Task.IMAGE_GENERATION -> Running.Seeds(openLane { ImageGenerator(bundle, engines()) })
        Task.STYLE_TRANSFER -> Running.Style(openLane { StyleTransfer(bundle, engines()) })
    }

private const val NANOSECONDS_A_MILLISECOND = 1e6

/** What [act] returned, and the time that it took on the lane, in milliseconds. */
internal class Timed<T>(val value: T, val ms: Double)

internal inline fun <T> timed(act: () -> T): Timed<T> {
    val begin = System.nanoTime()
    val value = act()
    return Timed(value, (System.nanoTime() - begin) / NANOSECONDS_A_MILLISECOND)
}

private const val PERCENT = 100

/** Returns the lines of the best labels, and what answered. */
internal fun Context.described(found: Timed<List<Prediction>>, opened: Opened): String =
    found.value.joinToString("\n") { each ->
        getString(R.string.label, each.label, PERCENT * each.score)
    } + "\n" + answeredBy(found.ms, opened)

internal fun Context.answeredBy(ms: Double, opened: Opened): String =
    getString(R.string.answered, opened.model.entry.file, opened.model.engineName, ms)
