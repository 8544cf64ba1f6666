package satchel.onnx

import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtLoggingLevel
import ai.onnxruntime.OrtProvider
import ai.onnxruntime.OrtSession
import satchel.Engine
import satchel.EngineException
import satchel.EngineProvider
import satchel.ModelFormat

/** What ONNX Runtime computes a model with. */
public enum class OnnxAccelerator {
    /** ONNX Runtime's own kernels on the processor. */
    CPU,

    /** The kernels of XNNPACK on the processor, and ONNX Runtime's own where it has none. */
    XNNPACK,

    /** The device's accelerator through NNAPI, which Android 15 deprecated. */
    NNAPI,
}

/**
 * Opens ONNX models in ONNX Runtime for Android, from the bytes that were checked.
 *
 * The telemetry of ONNX Runtime is switched off. Threads that wait sleep. An [accelerator] other
 * than [OnnxAccelerator.CPU] may round otherwise: use it only after the golden self-test passed
 * with it on this device.
 *
 * @property accelerator what the models are computed with
 * @property threads the number of threads that compute one model, at least 1; half of the
 *   processor's cores and at most 4 by default, as phones pair fast cores with slow ones
 * @throws EngineException if the libraries of ONNX Runtime for this device's processor are missing,
 *   or if they were built without [accelerator]
 */
public class OnnxRuntime(
    public val accelerator: OnnxAccelerator = OnnxAccelerator.CPU,
    public val threads: Int = halfOfTheCores(),
) : EngineProvider {
    private val environment = openEnvironment()

    override val name: String get() = "onnx"
    override val version: String = environment.version
    override val format: ModelFormat get() = ModelFormat.ONNX

    init {
        if (threads < 1) throw EngineException("at least 1 thread", "$threads")
        val needed = when (accelerator) {
            OnnxAccelerator.CPU -> OrtProvider.CPU
            OnnxAccelerator.XNNPACK -> OrtProvider.XNNPACK
            OnnxAccelerator.NNAPI -> OrtProvider.NNAPI
        }
        val available = OrtEnvironment.getAvailableProviders()
        if (needed !in available) {
            val remedy = "use the processor, or a build of ONNX Runtime with it"
            throw EngineException("ONNX Runtime with $accelerator", "one with $available", remedy)
        }
    }

    override fun open(model: ByteArray): Engine = guarded("that loads here") {
        sessionOptions().use { options ->
            OnnxEngine(environment, environment.createSession(model, options))
        }
    }

    private fun sessionOptions() = OrtSession.SessionOptions().apply {
        setIntraOpNumThreads(if (accelerator == OnnxAccelerator.XNNPACK) 1 else threads)
        setInterOpNumThreads(1)
        // Spinning threads would cost half of a small device and would not be faster.
        addConfigEntry("session.intra_op.allow_spinning", "0")
        // An error arrives as an exception, and need not be logged a second time.
        setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL)
        when (accelerator) {
            OnnxAccelerator.CPU -> Unit
            // XNNPACK has threads of its own.
            OnnxAccelerator.XNNPACK -> addXnnpack(mapOf("intra_op_num_threads" to "$threads"))
            OnnxAccelerator.NNAPI -> addNnapi()
        }
    }
}

private fun halfOfTheCores() = (Runtime.getRuntime().availableProcessors() / 2).coerceIn(1, 4)

private fun openEnvironment(): OrtEnvironment = try {
    guarded("in an ONNX Runtime that starts") {
        val level = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL
        OrtEnvironment.getEnvironment(level, "satchel").apply { setTelemetry(false) }
    }
} catch (error: LinkageError) {
    val got = error.firstLine()
    val remedy = "package ONNX Runtime's libraries for this device's processor"
    throw EngineException("the libraries of ONNX Runtime", got, remedy, error)
}
