package satchel.android

import java.nio.ByteBuffer
import kotlin.math.abs
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import satchel.DecodedImage
import satchel.InputException
import satchel.upright

/** Frames of cameras, against the formula of ITU-T T.871 in double precision. */
internal class CameraFramesTest {
    private val width = 7
    private val height = 5
    private val half = 4 to 3

    /** Returns a plane with a distinct level for each value, rows of [stride] bytes, and junk. */
    private fun plane(columns: Int, rows: Int, stride: Int, step: Int, level: (Int, Int) -> Int): FramePlane {
        // As on devices, the last row ends at its last value.
        val bytes = ByteArray((rows - 1) * stride + (columns - 1) * step + 1) { 0x5a }
        for (row in 0..<rows) {
            for (column in 0..<columns) {
                bytes[row * stride + column * step] = level(row, column).toByte()
            }
        }
        return FramePlane(ByteBuffer.wrap(bytes), stride, step)
    }

    private fun luma(row: Int, column: Int) = (37 * row + 53 * column + 11) % 256
    private fun blue(row: Int, column: Int) = (91 * row + 67 * column + 3) % 256
    private fun red(row: Int, column: Int) = (29 * row + 101 * column + 200) % 256

    private fun frame(rotation: Int, stride: Int = 7, step: Int = 1): DecodedImage {
        val (columns, rows) = half
        val chromaStride = step * columns + 2
        return yuvFrame(
            width,
            height,
            plane(width, height, stride, 1, ::luma),
            plane(columns, rows, chromaStride, step, ::blue),
            plane(columns, rows, chromaStride, step, ::red),
            rotation,
        )
    }

    private fun published(y: Int, u: Int, v: Int): List<Double> = listOf(
        y + 1.402 * (v - 128),
        y - 0.344136 * (u - 128) - 0.714136 * (v - 128),
        y + 1.772 * (u - 128),
    ).map { it.coerceIn(0.0, 255.0) }

    private fun channels(argb: Int) = listOf(argb shr 16 and 255, argb shr 8 and 255, argb and 255)

    @Test
    fun `each pixel is the published formula's, rounded`() {
        val found = frame(rotation = 0)
        for (row in 0..<height) {
            for (column in 0..<width) {
                val argb = found.argb[row * width + column]
                val expected = published(
                    luma(row, column),
                    blue(row / 2, column / 2),
                    red(row / 2, column / 2),
                )
                assertEquals(255, argb ushr 24)
                for ((one, other) in channels(argb).zip(expected)) {
                    // Half a level of rounding, and the error of factors in 65,536ths.
                    assertTrue(abs(one - other) <= 0.502, "$row $column: $one $other")
                }
            }
        }
    }

    @Test
    fun `every level of every plane is the published formula's`() {
        for (u in 0..255 step 5) {
            for (v in 0..255 step 5) {
                for (y in listOf(0, 1, 127, 254, 255)) {
                    val one = { level: Int -> FramePlane(ByteBuffer.wrap(byteArrayOf(level.toByte())), 1, 1) }
                    val found = channels(yuvFrame(1, 1, one(y), one(u), one(v), 0).argb.single())
                    for ((level, expected) in found.zip(published(y, u, v))) {
                        assertTrue(abs(level - expected) <= 0.502, "$y $u $v")
                    }
                }
            }
        }
    }

    @Test
    fun `strides of rows and values do not change the image`() {
        val plain = frame(rotation = 0).argb
        assertArrayEquals(plain, frame(0, stride = 64).argb)
        assertArrayEquals(plain, frame(0, stride = 16, step = 2).argb)
    }

    @Test
    fun `a frame is turned clockwise, as satchel-core turns it`() {
        val lying = frame(0)
        for ((rotation, orientation) in mapOf(0 to 1, 90 to 6, 180 to 3, 270 to 8)) {
            val found = frame(rotation)
            val expected = lying.upright(orientation)
            assertEquals(expected.width to expected.height, found.width to found.height)
            assertArrayEquals(expected.argb, found.argb)
        }
        // A quarter clockwise: the left edge of the frame is the upper edge of the image.
        val turned = frame(90)
        assertEquals(height to width, turned.width to turned.height)
        assertEquals(lying.argb[(height - 1) * width], turned.argb[0])
    }

    @Test
    fun `a frame of red, green, blue and alpha is read, with padding behind its rows`() {
        val bytes = ByteBuffer.allocate(12 + 8)
        for (at in 0..<4) bytes.put(12 * (at / 2) + 4 * (at % 2), byteArrayOf(at.toByte(), 10, -1, 7), 0, 4)
        val found = rgbaFrame(2, 2, FramePlane(bytes, 12, 4), 180)
        val expected = List(4) { (0xff shl 24) or (3 - it shl 16) or (10 shl 8) or 255 }
        assertEquals(expected, found.argb.toList())
    }

    @Test
    fun `planes that are too small, and other rotations, are refused in a line`() {
        val full = plane(7, 5, 7, 1, ::luma)
        val short = plane(3, 3, 4, 1, ::blue)
        val refused = listOf(
            { yuvFrame(7, 5, full, short, short, 0) },
            { yuvFrame(8, 5, full, full, full, 0) },
            { yuvFrame(7, 5, full, full, full, 45) },
            { yuvFrame(0, 5, full, full, full, 0) },
            { yuvFrame(70_000, 70_000, full, full, full, 0) },
            { rgbaFrame(2, 2, FramePlane(ByteBuffer.allocate(15), 8, 4), 0) },
            { rgbaFrame(2, 2, FramePlane(ByteBuffer.allocate(64), 8, 3), 0) },
        )
        for (act in refused) {
            val message = assertThrows(InputException::class.java) { act() }.message!!
            assertTrue(message.startsWith("Expected ") && '\n' !in message, message)
        }
    }

    private fun ByteBuffer.put(at: Int, from: ByteArray, offset: Int, length: Int) {
        for (each in 0..<length) put(at + each, from[offset + each])
    }
}
