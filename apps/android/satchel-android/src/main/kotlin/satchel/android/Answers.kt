package satchel.android

import java.io.Flushable
import java.io.IOException
import satchel.LabelOutput
import satchel.Prediction
import satchel.SatchelException

/**
 * Writes what a model says about each sample as a line of JSON, as `satchel run --json` does.
 * `satchel compare BUNDLE --predictions FILE` compares such a file with what the bundle says on a
 * workstation.
 *
 * @property output the labels of the bundle
 * @property model the file of the model that answers
 * @property engine the name of the engine that runs it
 * @property lines where the lines go, such as a writer of a file in UTF-8
 */
public class AnswerFile(
    private val output: LabelOutput,
    private val model: String,
    private val engine: String,
    private val lines: Appendable,
) {
    private val names: Set<String> = (output.ids.ifEmpty { output.labels }).toSet()

    /** The number of samples that were answered. */
    public var answered: Int = 0
        private set

    /** The number of answered samples in a folder that has the name of a label or of an id. */
    public var labelled: Int = 0
        private set

    /** The number of these whose top label is the name of their folder. */
    public var right: Int = 0
        private set

    /** What could not be read: the sample and the reason, one line each. */
    public val unread: List<String> get() = refused
    private val refused = ArrayList<String>()

    /**
     * Writes the answer for one sample, or remembers that it could not be read. All labels are
     * asked for, best first.
     *
     * @param sample the path of the sample, with `/` between its folders
     * @throws IOException if the line cannot be written
     */
    public suspend fun add(sample: String, classify: suspend () -> List<Prediction>) {
        val predictions = try {
            classify()
        } catch (error: SatchelException) {
            refused += "$sample: ${error.message}"
            return
        }
        write(sample, predictions)
    }

    private fun write(sample: String, predictions: List<Prediction>) {
        lines.append(answerLine(sample, predictions, model, engine)).append('\n')
        (lines as? Flushable)?.flush()
        answered++
        val folder = sample.substringBeforeLast('/', "").substringAfterLast('/')
        // A folder names one label; several may be right for a multi-label model.
        if (output.multiLabel || folder !in names) return
        labelled++
        if (predictions.firstOrNull()?.let { it.id ?: it.label } == folder) right++
    }
}

/** Returns one line of the file, in ASCII, without its end. */
internal fun answerLine(
    sample: String,
    predictions: List<Prediction>,
    model: String,
    engine: String,
): String = buildString {
    append("{\"input\": ").quote(sample).append(", \"predictions\": [")
    for ((at, each) in predictions.withIndex()) {
        if (at > 0) append(", ")
        append("{\"label\": ").quote(each.label)
        each.id?.let { append(", \"id\": ").quote(it) }
        // A double of the same value, so that Python reads the same number.
        append(", \"score\": ").append(each.score.toDouble())
        each.chosen?.let { append(", \"chosen\": ").append(it) }
        append('}')
    }
    append("], \"model\": ").quote(model).append(", \"engine\": ").quote(engine).append('}')
}

private fun StringBuilder.quote(text: String): StringBuilder {
    append('"')
    for (each in text) {
        when {
            each == '"' || each == '\\' -> append('\\').append(each)
            each in ' '..'~' -> append(each)
            else -> append("\\u").append(each.code.toString(16).padStart(4, '0'))
        }
    }
    return append('"')
}
