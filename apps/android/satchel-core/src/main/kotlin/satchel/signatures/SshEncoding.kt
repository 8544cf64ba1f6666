package satchel.signatures

import java.nio.ByteBuffer
import kotlin.io.encoding.Base64

/* OpenSSH's binary encoding: RFC 4251 and RFC 8709. */

internal val ALGORITHM = "ssh-ed25519".toByteArray(Charsets.US_ASCII)

/** Returns [content] behind its length, `string` of RFC 4251. */
internal fun sshString(content: ByteArray): ByteArray =
    ByteBuffer.allocate(Int.SIZE_BYTES + content.size).putInt(content.size).put(content).array()

/** Returns a key of 32 bytes in the encoding that OpenSSH writes as base64. */
internal fun sshEncoding(point: ByteArray): ByteArray = sshString(ALGORITHM) + sshString(point)

/** Returns the bytes of a text in canonical base64; null for any other text. */
internal fun fromBase64(text: String): ByteArray? {
    val content = try {
        Base64.decode(text)
    } catch (_: IllegalArgumentException) {
        return null
    }
    return content.takeIf { Base64.encode(it) == text }
}
