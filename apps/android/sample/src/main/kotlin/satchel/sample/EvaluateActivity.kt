package satchel.sample

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.widget.Button
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.withContext
import satchel.InputException
import satchel.LabelOutput
import satchel.Prediction
import satchel.android.AndroidImageDecoder
import satchel.android.AnswerFile
import satchel.android.classify
import satchel.android.forEachSample
import satchel.android.openStream
import satchel.android.textOf

private const val ARCHIVE = 1
private const val FOLDER = 2
private const val ANSWERS = "answers.jsonl"
private const val PERCENT = 100.0
private const val SHOWN = 5

/** Runs the samples of a folder or an archive, and shares the answers for `satchel compare`. */
internal class EvaluateActivity : BundleScreen() {
    private lateinit var share: Button
    private var running: Job? = null

    override fun show(opened: Opened) {
        text(getString(R.string.evaluate_how))
        button(R.string.archive) {
            val ask = Intent(Intent.ACTION_OPEN_DOCUMENT).setType("*/*")
            startActivityForResult(ask.addCategory(Intent.CATEGORY_OPENABLE), ARCHIVE)
        }
        button(R.string.folder) {
            startActivityForResult(Intent(Intent.ACTION_OPEN_DOCUMENT_TREE), FOLDER)
        }
        button(R.string.stop) {
            running?.cancel()
            say(getString(R.string.stopped))
        }
        share = button(R.string.share, ::shareAnswers).apply { isEnabled = false }
    }

    override fun onActivityResult(asked: Int, result: Int, data: Intent?) {
        val link = data?.data
        if (result != Activity.RESULT_OK || link == null) return
        running?.cancel()
        share.isEnabled = false
        running = begin {
            val file = withContext(Dispatchers.IO) { evaluate(link, isFolder = asked == FOLDER) }
            say(summary(file))
            share.isEnabled = file.answered > 0
        }
    }

    private suspend fun evaluate(link: Uri, isFolder: Boolean): AnswerFile = try {
        SharedFiles.file(this, ANSWERS).bufferedWriter().use { lines ->
            val output = opened.bundle.card.output as LabelOutput
            val model = opened.model
            val file = AnswerFile(output, model.entry.file, model.engineName, lines)
            if (isFolder) addFolder(link, file) else addArchive(link, file)
            file
        }
    } catch (error: IOException) {
        throw InputException("room for the answers", error.toString(), "delete something", error)
    }

    private suspend fun addArchive(link: Uri, file: AnswerFile) =
        openStream(this, link).use { archive ->
            forEachSample(archive, opened.bundle.card.task) { path, content ->
                add(file, path) { content }
            }
        }

    private suspend fun addFolder(link: Uri, file: AnswerFile) {
        val samples = samplesIn(contentResolver, link, opened.bundle.card.task)
        if (samples.isEmpty()) throw InputException("a folder of samples", "one without any")
        for (sample in samples) {
            add(file, sample.path) { openStream(this, sample.link).use { it.readBytes() } }
        }
    }

    private suspend fun add(file: AnswerFile, path: String, content: () -> ByteArray) {
        file.add(path) { classify(content()) }
        runOnUiThread { say(getString(R.string.progress, file.answered)) }
    }

    private suspend fun classify(content: ByteArray): List<Prediction> =
        when (val running = opened.running) {
            is Running.Images -> running.lane.classify(AndroidImageDecoder.decode(content))
            is Running.Texts -> running.lane.classify(textOf(content))
            is Running.Seeds, is Running.Style -> throw InputException("a model of labels", "another")
        }

    private fun summary(file: AnswerFile): String {
        val counted = getString(R.string.answers, file.answered, opened.model.entry.file)
        val accuracy = if (file.labelled == 0) {
            getString(R.string.no_labels)
        } else {
            val share = PERCENT * file.right / file.labelled
            getString(R.string.accuracy, file.right, file.labelled, share)
        }
        val unread = file.unread.take(SHOWN).joinToString("") { "\n$it" }
        val more = getString(R.string.unread, file.unread.size)
        return "$counted\n$accuracy" + if (file.unread.isEmpty()) "" else "\n$more$unread"
    }

    private fun shareAnswers() {
        val link = SharedFiles.link(ANSWERS)
        val ask = Intent(Intent.ACTION_SEND).setType("application/json")
            .putExtra(Intent.EXTRA_STREAM, link)
            .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
        ask.clipData = android.content.ClipData.newRawUri(ANSWERS, link)
        startActivity(Intent.createChooser(ask, getString(R.string.share)))
    }
}
