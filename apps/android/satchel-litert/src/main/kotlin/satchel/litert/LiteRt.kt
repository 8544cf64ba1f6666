package satchel.litert

import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.tensorflow.lite.Interpreter
import satchel.Engine
import satchel.EngineException
import satchel.EngineProvider
import satchel.ModelFormat

/** The version of LiteRT that `build.gradle.kts` asks for. LiteRT does not tell its version. */
public const val LITERT_VERSION: String = "2.1.5"

/**
 * Opens TFLite models in LiteRT's interpreter on the processor, from the bytes that were checked.
 * LiteRT 1.4 and 2.1 have the interpreter; 2.0 does not.
 *
 * @property version the version of LiteRT in the application
 * @property threads the number of threads that compute one model, at least 1; half of the
 *   processor's cores and at most 4 by default, as phones pair fast cores with slow ones
 * @property usesXnnpack whether the kernels of XNNPACK compute what they can, as in Python; use
 *   another setting than the default only after the golden self-test passed with it on this device
 * @throws EngineException if [threads] is less than 1
 */
public class LiteRt(
    override val version: String = LITERT_VERSION,
    public val threads: Int = halfOfTheCores(),
    public val usesXnnpack: Boolean = true,
) : EngineProvider {
    override val name: String get() = "litert"
    override val format: ModelFormat get() = ModelFormat.TFLITE

    init {
        if (threads < 1) throw EngineException("at least 1 thread", "$threads")
    }

    override fun open(model: ByteArray): Engine {
        val interpreter = try {
            guarded("that loads here") {
                val options = Interpreter.Options()
                options.setNumThreads(threads).setUseXNNPACK(usesXnnpack)
                Interpreter(outsideTheHeap(model), options)
            }
        } catch (error: LinkageError) {
            val remedy = "add com.google.ai.edge.litert:litert, and its libraries for this device"
            throw EngineException("LiteRT", error.firstLine(), remedy, error)
        }
        return LiteRtEngine(interpreter)
    }
}

private fun halfOfTheCores() = (Runtime.getRuntime().availableProcessors() / 2).coerceIn(1, 4)

private fun outsideTheHeap(bytes: ByteArray): ByteBuffer =
    ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder())
        .apply { put(bytes).rewind() }
