package satchel.sample

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.json.JSONObject
import satchel.SelfTestResult
import satchel.android.AndroidImageDecoder
import satchel.android.Proof
import satchel.selfTest

private const val FOLDER = "conformance"

/** Proves the open model on this device, and the device's own decoders of images. */
internal class SelfCheckActivity : BundleScreen() {
    override fun show(opened: Opened) {
        heading(R.string.golden)
        val golden = text("")
        heading(R.string.accelerators)
        val accelerators = text("")
        button(R.string.try_accelerators) { begin { accelerators.text = tryAccelerators() } }
        heading(R.string.pictures)
        val pictures = text("")
        say(getString(R.string.working))
        begin {
            golden.text = goldenLines()
            pictures.text = withContext(Dispatchers.IO) { pictureLines() }
            say(getString(R.string.finished))
        }
    }

    private suspend fun goldenLines(): String {
        val found = timed {
            opened.running.lane.run { opened.bundle.selfTest(it.model, AndroidImageDecoder) }
        }
        val results = found.value.results
        return when (val result = found.value) {
            is SelfTestResult.Passed ->
                getString(R.string.passed, results.size, found.ms)
            is SelfTestResult.Failed -> getString(R.string.failed, result.failures.size, results.size) +
                result.failures.joinToString("") { each ->
                    getString(R.string.differs, each.vector, each.difference, each.tolerance)
                }
        }
    }

    private suspend fun tryAccelerators(): String = withContext(Dispatchers.IO) {
        ACCELERATORS.joinToString("\n") { accelerator ->
            val line = when (val proof = trials(this@SelfCheckActivity).prove(opened.bundle, accelerator)) {
                Proof.Passed -> getString(R.string.proven)
                is Proof.Refused -> proof.reason
            }
            "${accelerator.name}: $line"
        }
    }

    private fun pictureLines(): String {
        val cases = JSONObject(asset("pictures.json").decodeToString()).getJSONArray("pictures")
        val results = List(cases.length()) { at ->
            val case = cases.getJSONObject(at)
            val encoded = asset(case.getString("file"))
            val upright = asset(case.getString("upright"))
            val result = checkPicture(upright, case.getInt("levels")) {
                AndroidImageDecoder.decode(encoded)
            }
            case.getString("name") to result
        }
        val passed = results.count { it.second is PictureResult.Passed }
        val lines = results.mapNotNull { (name, result) ->
            when (result) {
                is PictureResult.Passed -> null
                is PictureResult.Differs -> getString(R.string.picture_differs, name, result.why)
                is PictureResult.Refused -> getString(R.string.picture_refused, name, result.why)
            }
        }
        return getString(R.string.pictures_passed, passed, results.size) + lines.joinToString("")
    }

    private fun asset(path: String) = assets.open("$FOLDER/$path").use { it.readBytes() }
}
