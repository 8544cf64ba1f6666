package satchel

import java.lang.management.ManagementFactory
import satchel.bundle.loadJson
import satchel.bundle.parseJson
import satchel.images.readPixels

/*
 * Measures the core on the JVM. It prints lines of `name microseconds`, which
 * benchmarks/android_core.py puts beside Python's.
 *
 * The times are this thread's processor time, as other programs may run. Each figure is the median
 * of batches after a warm-up.
 */

private const val BATCHES = 21
private const val WARM_UP = 10

private val threads = ManagementFactory.getThreadMXBean()

/** Returns the median processor time of a call of [act], in microseconds. */
private fun medianUs(calls: Int, act: () -> Unit): Double {
    val batches = List(WARM_UP + BATCHES) {
        val begin = threads.currentThreadCpuTime
        repeat(calls) { act() }
        (threads.currentThreadCpuTime - begin) / 1e3 / calls
    }
    return batches.drop(WARM_UP).sorted()[BATCHES / 2]
}

private fun photograph(width: Int, height: Int): DecodedImage {
    val argb = IntArray(width * height) {
        val mixed = it * -1640531535
        (0xff shl 24) or (mixed xor (mixed ushr 15))
    }
    return DecodedImage(width, height, argb)
}

/** Returns a bundle whose model takes pixels of [side] x [side] and returns [labels] levels. */
private fun bundleOf(side: Int, labels: Int): Bundle {
    val files = unpacked(RefusalVectors.base("picture"))
    val card = (loadJson(files.getValue("card.json"), 1 shl 20) as Json.Object).fields
    val names = (0..<labels).joinToString { "\"label $it\"" }
    val changes = parseJson(
        """{"input": {"kind": "image", "height": $side, "width": $side},
        "output": {"kind": "labels", "activation": "softmax", "labels": [$names]},
        "models": [{"file": "float32.tflite", "format": "tflite", "scheme": "full_int8",
        "size_bytes": 1, "golden_tolerance": 0, "golden_tolerance_why": "", "needs": {"web": "1"},
        "input": {"dtype": "uint8"}, "output": {"dtype": "uint8", "scale": 0.00390625}}]}""",
    ) as Json.Object
    val changed = Json.Object(card - "golden" + changes.fields)
    return Bundle.open(sealed(changed, files - "card.json"))
}

/** Returns the time of a classification whose engine does nothing. */
private fun overheadUs(side: Int, labels: Int): Double {
    val raw = tensor(Dtype.UINT8, listOf(1, labels), List(labels) { 0.0 })
    val engine = object : EngineProvider {
        override val name = "web"
        override val version = "1.0"
        override val format = ModelFormat.TFLITE

        override fun open(model: ByteArray) = object : Engine {
            override fun run(inputs: List<Tensor>) = raw

            override fun close() = Unit
        }
    }
    val image = photograph(side, side)
    return ImageClassifier(bundleOf(side, labels), listOf(engine)).use { classifier ->
        medianUs(calls = 500) { classifier.classify(image, top = 1) }
    }
}

fun main() {
    val content = ROOT.resolve("zoo/mnist.satchel").readBytes()
    val large = photograph(929, 512)
    val input = ImageInput(height = 224, width = 224)
    println("open ${medianUs(calls = 5) { Bundle.open(content).close() }}")
    println("prepare ${medianUs(calls = 10) { readPixels(large, input) }}")
    println("overhead_small ${overheadUs(side = 28, labels = 10)}")
    println("overhead_mobilenet ${overheadUs(side = 224, labels = 1000)}")
}
