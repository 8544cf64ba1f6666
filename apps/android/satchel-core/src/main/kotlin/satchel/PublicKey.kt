package satchel

import kotlin.io.encoding.Base64
import satchel.bundle.shown
import satchel.signatures.KEY_BYTES
import satchel.signatures.Point
import satchel.signatures.fromBase64
import satchel.signatures.sshEncoding

/**
 * A public Ed25519 key, which identifies a signer. Its comment, if it had one, does not matter.
 */
public class PublicKey internal constructor(point: ByteArray) {
    private val bytes = point.copyOf()

    /** The key itself, 32 bytes, RFC 8032. */
    public val point: ByteArray get() = bytes.copyOf()

    /** The fingerprint that `ssh-keygen -l` prints. */
    public val fingerprint: Fingerprint
        get() = Fingerprint.of(sha256().digest(sshEncoding(bytes)))

    override fun equals(other: Any?): Boolean =
        other is PublicKey && bytes.contentEquals(other.bytes)

    override fun hashCode(): Int = bytes.contentHashCode()

    override fun toString(): String = fingerprint.toString()

    public companion object {
        private const val ALGORITHM = "ssh-ed25519"

        /**
         * Returns the key in a line `ssh-ed25519 AAAA… comment`, as OpenSSH writes it.
         *
         * @throws InputException for any other line, and for a key whose signatures fit any message
         */
        public fun parse(line: String): PublicKey {
            val words = line.trim().split(' ', '\t')
            val decoded = if (words[0] == ALGORITHM) words.getOrNull(1)?.let(::fromBase64) else null
            val point = decoded?.let { it.copyOfRange(maxOf(0, it.size - KEY_BYTES), it.size) }
            val isKey = point != null && sshEncoding(point).contentEquals(decoded)
            if (!isKey || Point.decode(point)?.isOfSmallOrder != false) {
                throw InputException("a line $ALGORITHM and an Ed25519 key", shown(line))
            }
            return PublicKey(point)
        }
    }
}

/**
 * The fingerprint of a key.
 *
 * @property text `SHA256:` and 43 characters
 */
@JvmInline
public value class Fingerprint(public val text: String) {
    override fun toString(): String = text

    internal companion object {
        fun of(hash: ByteArray) = Fingerprint("SHA256:" + Base64.encode(hash).trimEnd('='))
    }
}
