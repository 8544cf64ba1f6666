package satchel

import java.lang.foreign.Arena
import java.lang.foreign.FunctionDescriptor
import java.lang.foreign.Linker
import java.lang.foreign.MemoryLayout
import java.lang.foreign.MemorySegment
import java.lang.foreign.SymbolLookup
import java.lang.foreign.ValueLayout.ADDRESS
import java.lang.foreign.ValueLayout.JAVA_BYTE
import java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED
import java.lang.foreign.ValueLayout.JAVA_INT
import java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED
import java.lang.foreign.ValueLayout.JAVA_LONG
import java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED
import java.lang.invoke.MethodHandle
import java.nio.file.Path

/** A C function. The layout of each argument and of the result follows from their types. */
internal class NativeFunction(
    private val address: MemorySegment,
    private val returnsPointer: Boolean,
) {
    private var handle: MethodHandle? = null

    /** Calls the function with numbers and pointers. */
    fun call(vararg arguments: Any): Any? {
        val found = handle ?: linked(arguments).also { handle = it }
        return found.invokeWithArguments(*arguments)
    }

    private fun linked(arguments: Array<out Any>): MethodHandle {
        val layouts = arguments.map(::layoutOf).toTypedArray()
        val result = if (returnsPointer) ADDRESS else JAVA_INT
        val descriptor = FunctionDescriptor.of(result, *layouts)
        return Linker.nativeLinker().downcallHandle(address, descriptor)
    }

    private fun layoutOf(argument: Any): MemoryLayout = when (argument) {
        is Int -> JAVA_INT
        is Long -> JAVA_LONG
        is MemorySegment -> ADDRESS
        else -> error("no C function here takes $argument")
    }
}

/** Looks functions up in the shared library at [path], which stays loaded. */
internal class NativeLibrary(path: String) {
    private val symbols = SymbolLookup.libraryLookup(Path.of(path), Arena.global())

    fun function(name: String, returnsPointer: Boolean = false) =
        NativeFunction(symbols.find(name).orElseThrow(), returnsPointer)
}

/** Returns the path of a library that a system property names; null if the tests run without it. */
internal fun libraryPath(property: String): String? =
    System.getProperty(property)?.takeIf { it.isNotEmpty() }

/** Returns a place for a pointer. */
internal fun Arena.pointer(): MemorySegment = allocate(ADDRESS)

internal val MemorySegment.asPointer: MemorySegment get() = get(ADDRESS, 0)

/** Returns the pointers one after another, as an array in C. */
internal fun Arena.pointers(all: List<MemorySegment>): MemorySegment =
    allocate(ADDRESS, all.size.toLong()).also {
        all.forEachIndexed { at, each -> it.setAtIndex(ADDRESS, at.toLong(), each) }
    }

/** The bytes of a tensor's numbers. */
internal fun bytesOf(tensor: Tensor): MemorySegment = when (tensor) {
    is Tensor.Float32 -> MemorySegment.ofArray(tensor.data)
    is Tensor.UInt8 -> MemorySegment.ofArray(tensor.data)
    is Tensor.Int8 -> MemorySegment.ofArray(tensor.data)
    is Tensor.Int32 -> MemorySegment.ofArray(tensor.data)
    is Tensor.Int64 -> MemorySegment.ofArray(tensor.data)
}

/** Returns a tensor of the numbers at [place]. */
internal fun tensorAt(place: MemorySegment, dtype: Dtype, shape: List<Int>): Tensor {
    val count = shape.fold(1L) { all, side -> all * side }
    fun bytes(each: Int) = place.reinterpret(count * each)
    return when (dtype) {
        Dtype.FLOAT32 -> Tensor.Float32(shape, bytes(4).toArray(JAVA_FLOAT_UNALIGNED))
        Dtype.UINT8 -> Tensor.UInt8(shape, bytes(1).toArray(JAVA_BYTE))
        Dtype.INT8 -> Tensor.Int8(shape, bytes(1).toArray(JAVA_BYTE))
        Dtype.INT32 -> Tensor.Int32(shape, bytes(4).toArray(JAVA_INT_UNALIGNED))
        Dtype.INT64 -> Tensor.Int64(shape, bytes(8).toArray(JAVA_LONG_UNALIGNED))
    }
}
