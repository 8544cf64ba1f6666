package satchel

import java.lang.foreign.Arena
import java.lang.foreign.MemorySegment
import java.lang.foreign.ValueLayout.JAVA_INT
import java.lang.foreign.ValueLayout.JAVA_LONG

private const val RANKED_TENSOR_TYPE_BYTES = 72L
private const val CPU = 1
private const val READ = 0
private const val WRITE = 1
private const val ALIGNMENT = 64L

/** LiteRT through the C interface of the Python wheel's library, for tests on the JVM. */
internal class LiteRt(path: String, override val version: String) : EngineProvider {
    override val name get() = "litert"
    override val format get() = ModelFormat.TFLITE
    private val library = NativeLibrary(path)
    private val functions = HashMap<String, NativeFunction>()
    private val environment: MemorySegment = Arena.global().pointer().let {
        call("CreateEnvironment", 0, MemorySegment.NULL, it)
        it.asPointer
    }

    override fun open(model: ByteArray): Engine = LiteRtEngine(this, model, environment)

    /** Calls a function, whose name is without `LiteRt`; throws if its status is not 0. */
    fun call(name: String, vararg arguments: Any) {
        val function = functions.getOrPut(name) { library.function("LiteRt$name") }
        val status = function.call(*arguments)
        if (status != 0) {
            throw EngineException("a TFLite model that runs here", "status $status of $name")
        }
    }

    /** Calls a function that returns nothing: what stands in the register then does not matter. */
    fun destroy(name: String, handle: MemorySegment) {
        functions.getOrPut(name) { library.function("LiteRtDestroy$name") }.call(handle)
    }
}

private class LiteRtEngine(
    private val litert: LiteRt,
    content: ByteArray,
    private val environment: MemorySegment,
) : Engine {
    private val arena = Arena.ofShared()
    private val model: MemorySegment
    private val compiled: MemorySegment
    private val inputs: List<MemorySegment>
    private val output: MemorySegment
    private val outputType: Pair<Dtype, List<Int>>

    /** For each input in the file, which of the compiled model's buffers it is. */
    private val places: List<Int>

    init {
        // The bytes must outlive the model.
        val stored = arena.allocate(content.size.toLong(), ALIGNMENT)
        stored.copyFrom(MemorySegment.ofArray(content))
        model = created("CreateModelFromBuffer", environment, stored, content.size.toLong())
        val options = created("CreateOptions")
        litert.call("SetOptionsHardwareAccelerators", options, CPU)
        compiled = created("CreateCompiledModel", environment, model, options)
        litert.destroy("Options", options)
        val graph = created("GetModelSubgraph", model, 0L)
        val signature = created("GetModelSignature", model, 0L)
        val count = count("GetNumSubgraphInputs", graph)
        val signed = (0..<count).map { created("GetSignatureInputTensorByIndex", signature, it) }
        places = (0..<count).map { signed.indexOf(created("GetSubgraphInput", graph, it)) }
        inputs = signed.mapIndexed { at, tensor -> buffer("Input", at.toLong(), tensor) }
        val result = created("GetSubgraphOutput", graph, 0L)
        output = buffer("Output", 0, result)
        outputType = typeOf(result)
    }

    override fun run(inputs: List<Tensor>): Tensor {
        if (inputs.size != this.inputs.size) {
            throw EngineException("${this.inputs.size} inputs", "${inputs.size}")
        }
        for ((tensor, place) in inputs.zip(places)) {
            locked(this.inputs[place], WRITE) { memory ->
                val bytes = bytesOf(tensor)
                memory.reinterpret(bytes.byteSize()).copyFrom(bytes)
            }
        }
        Arena.ofConfined().use { call ->
            val fed = call.pointers(this.inputs)
            val returned = call.pointers(listOf(output))
            litert.call("RunCompiledModel", compiled, 0L, inputs.size.toLong(), fed, 1L, returned)
        }
        val (dtype, shape) = outputType
        return locked(output, READ) { tensorAt(it, dtype, shape) }
    }

    override fun close() {
        (inputs + output).forEach { litert.destroy("TensorBuffer", it) }
        litert.destroy("CompiledModel", compiled)
        litert.destroy("Model", model)
        arena.close()
    }

    private fun created(name: String, vararg arguments: Any): MemorySegment {
        val place = arena.pointer()
        litert.call(name, *arguments, place)
        return place.asPointer
    }

    private fun count(name: String, graph: MemorySegment): Long {
        val place = arena.allocate(JAVA_LONG)
        litert.call(name, graph, place)
        return place.get(JAVA_LONG, 0)
    }

    /** Returns the type of a tensor as LiteRT describes it. */
    private fun rankedType(tensor: MemorySegment): MemorySegment =
        arena.allocate(RANKED_TENSOR_TYPE_BYTES, 8)
            .also { litert.call("GetRankedTensorType", tensor, it) }

    private fun typeOf(tensor: MemorySegment): Pair<Dtype, List<Int>> {
        val type = rankedType(tensor)
        val rank = type.get(JAVA_INT, 4) and 0x7f
        val shape = List(rank) { type.get(JAVA_INT, 8L + 4 * it) }
        val dtype = when (val number = type.get(JAVA_INT, 0)) {
            1 -> Dtype.FLOAT32
            2 -> Dtype.INT32
            3 -> Dtype.UINT8
            4 -> Dtype.INT64
            9 -> Dtype.INT8
            else -> throw EngineException("an output of a dtype of the card", "LiteRT's $number")
        }
        return dtype to shape
    }

    private fun buffer(end: String, at: Long, tensor: MemorySegment): MemorySegment {
        val requirements = created("GetCompiledModel${end}BufferRequirements", compiled, 0L, at)
        val function = "CreateManagedTensorBufferFromRequirements"
        return created(function, environment, rankedType(tensor), requirements)
    }

    private fun <T> locked(buffer: MemorySegment, mode: Int, act: (MemorySegment) -> T): T =
        Arena.ofConfined().use { call ->
            val place = call.pointer()
            litert.call("LockTensorBuffer", buffer, place, mode)
            try {
                act(place.asPointer)
            } finally {
                litert.call("UnlockTensorBuffer", buffer)
            }
        }
}
