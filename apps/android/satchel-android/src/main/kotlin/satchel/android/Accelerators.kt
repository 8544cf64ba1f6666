package satchel.android

import java.security.MessageDigest
import satchel.Bundle
import satchel.EngineException
import satchel.EngineProvider
import satchel.ImageDecoder
import satchel.SelfTestResult
import satchel.openModel
import satchel.selfTest

/**
 * An engine that uses an accelerator, such as ONNX Runtime with NNAPI.
 *
 * @property name the accelerator and its settings, such as `onnx NNAPI`: another name is tested anew
 * @param open opens the engine; it throws [EngineException] if this device has no such accelerator
 */
public class Accelerator(
    public val name: String,
    internal val open: () -> EngineProvider,
)

/** What is known of a bundle with an accelerator on this device. */
public sealed interface Proof {
    /** The golden self-test passed with it. */
    public data object Passed : Proof

    /**
     * It is not used.
     *
     * @property reason one line: why
     */
    public data class Refused(public val reason: String) : Proof
}

/**
 * Uses an accelerator for a bundle only after the bundle's golden self-test passed with it on this
 * device. The result is remembered for the same bundle, engine, version and [device]: an update of
 * the system tests again.
 *
 * A driver may end the whole process. The trial is written down before it begins, so an accelerator
 * that did so is not tried a second time.
 *
 * @property records where the results are kept, such as a [RecordFolder]
 * @property device names the device and its system, such as `Build.FINGERPRINT`
 * @property decoder decodes the images of golden vectors
 */
public class AcceleratorTrials(
    private val records: Records,
    private val device: String,
    private val decoder: ImageDecoder,
) {
    /**
     * Returns the engines for [bundle]: those of [accelerators] that are proven for it, then
     * [engines]. Tests what is not known yet, which takes as long as the golden self-test.
     *
     * @param file the model that will be opened with them; null for the bundle's preference
     * @throws satchel.BundleException for a bundle that was changed
     */
    public fun enginesFor(
        bundle: Bundle,
        accelerators: List<Accelerator>,
        engines: List<EngineProvider>,
        file: String? = null,
    ): List<EngineProvider> =
        accelerators.mapNotNull { proven(bundle, it, file).engine } + engines

    /**
     * Returns whether [bundle] may run with [accelerator] here, and tests it if that is not known.
     *
     * @throws satchel.BundleException for a bundle that was changed
     */
    public fun prove(bundle: Bundle, accelerator: Accelerator, file: String? = null): Proof =
        proven(bundle, accelerator, file).proof

    private class Proven(val proof: Proof, val engine: EngineProvider?)

    private fun proven(bundle: Bundle, accelerator: Accelerator, file: String?): Proven {
        val engine = try {
            accelerator.open()
        } catch (error: EngineException) {
            return Proven(Proof.Refused(error.message!!), null)
        }
        val key = keyOf(bundle, accelerator, engine, file)
        val known = records.read(key)
        val proof = if (known == null) tried(bundle, engine, file, key) else proofOf(known)
        return Proven(proof, engine.takeIf { proof == Proof.Passed })
    }

    private fun tried(bundle: Bundle, engine: EngineProvider, file: String?, key: String): Proof {
        records.write(key, BEGUN)
        val outcome = try {
            outcomeOf(bundle, engine, file)
        } catch (error: EngineException) {
            error.message!!
        } catch (error: Throwable) {
            // The bundle is wrong, or memory ran out: that says nothing about the accelerator.
            records.delete(key)
            throw error
        }
        records.write(key, outcome)
        return proofOf(outcome)
    }

    private fun outcomeOf(bundle: Bundle, engine: EngineProvider, file: String?): String =
        bundle.openModel(listOf(engine), file).use { model ->
            when (val result = bundle.selfTest(model, decoder)) {
                is SelfTestResult.Passed -> PASSED
                is SelfTestResult.Failed -> {
                    val worst = result.failures.maxBy { it.difference - it.tolerance }
                    "${result.failures.size} of ${result.results.size} golden results differ, " +
                        "${worst.vector} by ${worst.difference}"
                }
            }
        }

    private fun keyOf(
        bundle: Bundle,
        accelerator: Accelerator,
        engine: EngineProvider,
        file: String?,
    ): String {
        val parts = listOf(
            bundle.cardDigest.text,
            file.orEmpty(),
            accelerator.name,
            engine.name,
            engine.version,
            device,
        )
        val text = parts.joinToString("\n").toByteArray()
        return MessageDigest.getInstance("SHA-256").digest(text)
            .joinToString("") { "%02x".format(it) }
    }
}

private const val PASSED = "passed"
private const val BEGUN = "the application ended while it was tested"

private fun proofOf(record: String): Proof =
    if (record == PASSED) Proof.Passed else Proof.Refused(record)
