package satchel

import java.security.MessageDigest

/**
 * A SHA-256 as a card writes it.
 *
 * @property text `sha256:` and 64 hexadecimal digits
 */
@JvmInline
public value class Digest internal constructor(public val text: String) {
    override fun toString(): String = text

    internal companion object {
        private val FORM = Regex("sha256:[0-9a-f]{64}")

        /** Returns the digest that a card writes as [text]; null for another text. */
        fun parse(text: String): Digest? = if (FORM.matches(text)) Digest(text) else null

        /** Returns the digest of [content]. */
        fun of(content: ByteArray): Digest = of(sha256().apply { update(content) })

        /** Returns the digest of what has been fed to [hash]. */
        fun of(hash: MessageDigest): Digest = Digest("sha256:" + toHex(hash.digest()))
    }
}

/** Returns a new SHA-256, which every Java platform has. */
internal fun sha256(): MessageDigest = MessageDigest.getInstance("SHA-256")

/** Returns a new SHA-512, which every Android version has, and every JDK. */
internal fun sha512(): MessageDigest = MessageDigest.getInstance("SHA-512")

private const val DIGITS = "0123456789abcdef"

private fun toHex(bytes: ByteArray): String {
    val digits = StringBuilder(2 * bytes.size)
    for (byte in bytes) {
        digits.append(DIGITS[byte.toInt() shr 4 and 15]).append(DIGITS[byte.toInt() and 15])
    }
    return digits.toString()
}
