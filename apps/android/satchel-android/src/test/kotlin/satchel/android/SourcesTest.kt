package satchel.android

import com.sun.net.httpserver.HttpServer
import java.io.ByteArrayInputStream
import java.io.File
import java.io.IOException
import java.io.InputStream
import java.io.RandomAccessFile
import java.net.HttpURLConnection
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URL
import java.util.concurrent.CancellationException
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import satchel.Bundle
import satchel.BundleException
import satchel.RefusalVectors

/** Streams, downloads and open files as sources of bundles. */
internal class SourcesTest {
    @TempDir
    lateinit var folder: File
    private val content = RefusalVectors.base("picture")
    private val target get() = folder.resolve("new/picture.satchel")

    private fun stored(act: () -> Unit): String {
        val message = assertThrows(BundleException::class.java) { act() }.message!!
        assertTrue(message.startsWith("Expected ") && '\n' !in message, message)
        assertEquals(emptyList<String>(), target.parentFile.list().orEmpty().toList())
        return message
    }

    @Test
    fun `a stream becomes a file that opens`() {
        storeBundle(ByteArrayInputStream(content), target, sha256 = sha256(content).uppercase())
        Bundle.open(target).use { assertEquals("tiny", it.card.name) }
        assertEquals(listOf("picture.satchel"), target.parentFile.list()!!.toList())
    }

    @Test
    fun `a stream that is too long or has another hash leaves nothing behind`() {
        val long = stored { storeBundle(ByteArrayInputStream(content), target, limit = 100) }
        assertTrue(long.startsWith("Expected a bundle of at most 100 bytes, got "), long)
        val other = stored { storeBundle(ByteArrayInputStream(content), target, sha256 = "00") }
        assertTrue(other.startsWith("Expected a file with SHA-256 00, got "), other)
    }

    @Test
    fun `a stream that breaks is told in a line, and what was there stays`() {
        val breaking = object : InputStream() {
            private var left = 1000

            override fun read() = if (left-- > 0) 0 else throw IOException("the line\nis cut")
        }
        val message = stored { storeBundle(breaking, target) }
        assertEquals("Expected a bundle that can be read, got the line is cut: try again.", message)
        target.writeBytes(content)
        assertThrows(BundleException::class.java) { storeBundle(breaking, target) }
        assertArrayEquals(content, target.readBytes())
    }

    @Test
    fun `what is not wanted any more is not stored`() {
        assertThrows(CancellationException::class.java) {
            storeBundle(ByteArrayInputStream(content), target) { false }
        }
        assertFalse(target.exists())
        assertEquals(0, target.parentFile.list().orEmpty().size)
    }

    @Test
    fun `a bundle inside another file is read in place`() {
        val outer = folder.resolve("application.apk")
        outer.writeBytes(ByteArray(77) { 1 } + content + ByteArray(33) { 2 })
        val file = RandomAccessFile(outer, "r")
        val source = ChannelSource(file.channel, 77, content.size.toLong(), file)
        val behind = ByteArray(10)
        assertEquals(3, source.read(content.size - 3L, behind, 2, 8))
        assertEquals(0, source.read(content.size + 5L, behind, 0, 8))
        Bundle.open(source, whole = true).use { bundle ->
            assertArrayEquals(Bundle.open(content).read("float32.tflite"), bundle.read("float32.tflite"))
        }
        assertFalse(file.channel.isOpen)
    }

    @Test
    fun `a link of another kind is refused in a line`() {
        for (link in listOf("http://example.org/a.satchel", "nothing", "file:///etc/passwd", "https:")) {
            val message = stored { runBlocking { downloadBundle(link, target) } }
            assertTrue(message.startsWith("Expected a link that begins with https://"), message)
        }
    }

    @Test
    fun `a server's answer is stored, and its refusals are told in a line`() = served { address ->
        fetch(address("/good"), target, LARGEST_BUNDLE, sha256(content)) { true }
        assertArrayEquals(content, target.readBytes())
        target.delete()
        val missing = stored { fetch(address("/missing"), target, LARGEST_BUNDLE, null) { true } }
        assertEquals("Expected a file at the link, got status 404 of the server.", missing)
        val long = stored { fetch(address("/good"), target, 99, null) { true } }
        assertTrue(long.startsWith("Expected a bundle of at most 99 bytes, got "), long)
        val endless = stored { fetch(address("/unsized"), target, 99, null) { true } }
        assertTrue(endless.startsWith("Expected a bundle of at most 99 bytes, got "), endless)
        val short = stored { fetch(address("/short"), target, LARGEST_BUNDLE, null) { true } }
        val sizes = "Expected ${content.size + 100} bytes as the server says, got ${content.size}"
        assertEquals("$sizes: try again.", short)
    }

    private fun served(act: ((String) -> HttpURLConnection) -> Unit) {
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.createContext("/") { asked ->
            asked.use {
                when (asked.requestURI.path) {
                    "/good" -> asked.sendResponseHeaders(200, content.size.toLong())
                    "/unsized" -> asked.sendResponseHeaders(200, 0)
                    // Fewer bytes come than were announced.
                    "/short" -> asked.sendResponseHeaders(200, content.size + 100L)
                    else -> return@createContext asked.sendResponseHeaders(404, -1)
                }
                asked.responseBody.write(content)
            }
        }
        server.start()
        try {
            act { path ->
                URL("http://127.0.0.1:${server.address.port}$path").openConnection() as HttpURLConnection
            }
        } finally {
            server.stop(0)
        }
    }

    private fun sha256(bytes: ByteArray) = java.security.MessageDigest.getInstance("SHA-256")
        .digest(bytes).joinToString("") { "%02x".format(it) }
}
