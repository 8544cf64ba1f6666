package satchel

import java.lang.foreign.Arena
import java.lang.foreign.MemorySegment
import java.lang.foreign.ValueLayout.ADDRESS
import java.lang.foreign.ValueLayout.JAVA_INT
import java.lang.foreign.ValueLayout.JAVA_LONG

private const val API_VERSION = 21
private const val LOG_FATAL = 4
private const val ARENA_ALLOCATOR = 1
private const val DEFAULT_MEMORY = 0

/** The places of functions in `OrtApi`, which never change: onnxruntime_c_api.h says so. */
private enum class Ort(val at: Long) {
    GetErrorMessage(2),
    CreateEnv(3),
    DisableTelemetryEvents(6),
    CreateSessionFromArray(8),
    Run(9),
    CreateSessionOptions(10),
    SetIntraOpNumThreads(24),
    SetInterOpNumThreads(25),
    SessionGetInputCount(30),
    SessionGetInputName(36),
    SessionGetOutputName(37),
    CreateTensorWithDataAsOrtValue(49),
    GetTensorMutableData(51),
    GetTensorElementType(60),
    GetDimensionsCount(61),
    GetDimensions(62),
    GetTensorTypeAndShape(65),
    CreateCpuMemoryInfo(69),
    GetAllocatorWithDefaultOptions(78),
    ReleaseSession(95),
    ReleaseValue(96),
    ReleaseTensorTypeAndShapeInfo(99),
    ReleaseSessionOptions(100),
}

private val ELEMENT_TYPES = mapOf(
    Dtype.FLOAT32 to 1,
    Dtype.UINT8 to 2,
    Dtype.INT8 to 3,
    Dtype.INT32 to 6,
    Dtype.INT64 to 7,
)

/** ONNX Runtime through the C interface of the Python wheel's library, for tests on the JVM. */
internal class OnnxRuntime(path: String, override val version: String) : EngineProvider {
    override val name get() = "onnx"
    override val format get() = ModelFormat.ONNX
    private val library = NativeLibrary(path)
    private val functions = HashMap<Ort, NativeFunction>()
    private val api: MemorySegment
    private val environment: MemorySegment

    init {
        val base = library.function("OrtGetApiBase", returnsPointer = true).call() as MemorySegment
        val getApi = base.reinterpret(ADDRESS.byteSize()).asPointer
        val found = NativeFunction(getApi, returnsPointer = true).call(API_VERSION) as MemorySegment
        api = found.reinterpret(ADDRESS.byteSize() * (Ort.entries.maxOf { it.at } + 1))
        environment = Arena.global().pointer().let {
            call(Ort.CreateEnv, LOG_FATAL, Arena.global().allocateFrom("satchel"), it)
            it.asPointer
        }
        call(Ort.DisableTelemetryEvents, environment)
    }

    override fun open(model: ByteArray): Engine = OnnxEngine(model)

    private fun function(which: Ort) = functions.getOrPut(which) {
        NativeFunction(api.getAtIndex(ADDRESS, which.at), returnsPointer = true)
    }

    /** Calls a function; throws if it returns an error. */
    private fun call(which: Ort, vararg arguments: Any) {
        val status = function(which).call(*arguments) as MemorySegment
        if (status == MemorySegment.NULL) return
        val message = function(Ort.GetErrorMessage).call(status) as MemorySegment
        val line = message.reinterpret(Long.MAX_VALUE).getString(0).lineSequence().first()
        throw EngineException("an ONNX model that runs here", "${which.name}: $line")
    }

    /** Calls a function that returns nothing: what stands in the register then does not matter. */
    private fun release(which: Ort, handle: MemorySegment) {
        function(which).call(handle)
    }

    private inner class OnnxEngine(model: ByteArray) : Engine {
        private val arena = Arena.ofShared()
        private val session: MemorySegment
        private val inputNames: MemorySegment
        private val outputNames: MemorySegment
        private val memory = arena.created(Ort.CreateCpuMemoryInfo, ARENA_ALLOCATOR, DEFAULT_MEMORY)

        init {
            val options = arena.created(Ort.CreateSessionOptions)
            call(Ort.SetIntraOpNumThreads, options, 1)
            call(Ort.SetInterOpNumThreads, options, 1)
            val stored = arena.allocate(model.size.toLong())
            stored.copyFrom(MemorySegment.ofArray(model))
            session = arena.created(
                Ort.CreateSessionFromArray, environment, stored, model.size.toLong(), options,
            )
            release(Ort.ReleaseSessionOptions, options)
            val allocator = arena.created(Ort.GetAllocatorWithDefaultOptions)
            val count = arena.allocate(JAVA_LONG)
            call(Ort.SessionGetInputCount, session, count)
            inputNames = arena.pointers(
                (0..<count.get(JAVA_LONG, 0)).map {
                    arena.created(Ort.SessionGetInputName, session, it, allocator)
                },
            )
            outputNames = arena.pointers(
                listOf(arena.created(Ort.SessionGetOutputName, session, 0L, allocator)),
            )
        }

        override fun run(inputs: List<Tensor>): Tensor = Arena.ofConfined().use { call ->
            val fed = inputs.map { call.valueOf(it) }
            val returned = call.pointer()
            returned.set(ADDRESS, 0, MemorySegment.NULL)
            call(
                Ort.Run, session, MemorySegment.NULL, inputNames, call.pointers(fed),
                inputs.size.toLong(), outputNames, 1L, returned,
            )
            fed.forEach { release(Ort.ReleaseValue, it) }
            val output = returned.asPointer
            call.tensorOf(output).also { release(Ort.ReleaseValue, output) }
        }

        override fun close() {
            release(Ort.ReleaseSession, session)
            arena.close()
        }

        private fun Arena.created(which: Ort, vararg arguments: Any): MemorySegment {
            val place = pointer()
            call(which, *arguments, place)
            return place.asPointer
        }

        private fun Arena.valueOf(tensor: Tensor): MemorySegment {
            val bytes = bytesOf(tensor)
            val stored = allocate(bytes.byteSize(), 8)
            stored.copyFrom(bytes)
            val sides = LongArray(tensor.shape.size) { tensor.shape[it].toLong() }
            val shape = allocateFrom(JAVA_LONG, *sides)
            return created(
                Ort.CreateTensorWithDataAsOrtValue, memory, stored, bytes.byteSize(), shape,
                tensor.shape.size.toLong(), ELEMENT_TYPES.getValue(tensor.dtype),
            )
        }

        private fun Arena.tensorOf(value: MemorySegment): Tensor {
            val info = created(Ort.GetTensorTypeAndShape, value)
            val type = allocate(JAVA_INT)
            call(Ort.GetTensorElementType, info, type)
            val rank = allocate(JAVA_LONG)
            call(Ort.GetDimensionsCount, info, rank)
            val sides = allocate(JAVA_LONG, rank.get(JAVA_LONG, 0))
            call(Ort.GetDimensions, info, sides, rank.get(JAVA_LONG, 0))
            release(Ort.ReleaseTensorTypeAndShapeInfo, info)
            val number = type.get(JAVA_INT, 0)
            val dtype = ELEMENT_TYPES.entries.find { it.value == number }?.key
                ?: throw EngineException("an output of a dtype of the card", "ONNX's $number")
            val shape = sides.toArray(JAVA_LONG).map { it.toInt() }
            return tensorAt(created(Ort.GetTensorMutableData, value), dtype, shape)
        }
    }
}
