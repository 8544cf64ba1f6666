package satchel.signatures

import kotlin.io.encoding.Base64
import satchel.BundleException
import satchel.PublicKey
import satchel.bundle.SIGNATURE_NAME
import satchel.bundle.shown
import satchel.sha512

/*
 * The signature of a card: docs/bundle.md, section 2. It covers the whole bundle, because the card
 * holds every file's hash.
 *
 * It is an SSH signature in exactly one canonical encoding, so that a forger chooses no algorithm.
 */

private val MAGIC = "SSHSIG".toByteArray(Charsets.US_ASCII)
private val VERSION = byteArrayOf(0, 0, 0, 1)
private val NAMESPACE = "satchel".toByteArray(Charsets.US_ASCII)
private val HASH = "sha512".toByteArray(Charsets.US_ASCII)
private val NOTHING = ByteArray(0)
private const val BEGIN = "-----BEGIN SSH SIGNATURE-----"
private const val END = "-----END SSH SIGNATURE-----"
private const val FILE_BYTES = 298
private const val LINE_CHARACTERS = 70
private const val KEY_AT = 33

/**
 * Returns the key that made the signature file [content] of a bundle, which must fit [card].
 *
 * @throws BundleException for another algorithm, hash, namespace or encoding, and for a signature
 *   that does not fit the card
 */
internal fun checkSignature(content: ByteArray, card: ByteArray): PublicKey {
    val (point, value) = parseSignature(content)
    val signer = PublicKey(point)
    if (!verifyEd25519(value, messageToSign(card), point)) {
        throw BundleException(
            "a signature over this card by $signer",
            "one that does not fit",
            "one of the two was changed",
        )
    }
    return signer
}

/** Returns the bytes that Ed25519 signs for this card. */
internal fun messageToSign(card: ByteArray): ByteArray =
    MAGIC + joined(NAMESPACE, NOTHING, HASH, sha512().digest(card))

/** Returns the key and the value of a signature file. */
private fun parseSignature(content: ByteArray): Pair<ByteArray, ByteArray> {
    val text = if (content.size == FILE_BYTES) String(content, Charsets.ISO_8859_1) else ""
    val blob = fromBase64(text.lines().drop(1).dropLast(2).joinToString("")) ?: NOTHING
    if (blob.size >= KEY_AT + KEY_BYTES + SIGNATURE_BYTES) {
        val point = blob.copyOfRange(KEY_AT, KEY_AT + KEY_BYTES)
        val value = blob.copyOfRange(blob.size - SIGNATURE_BYTES, blob.size)
        // Only these two vary. Encoded again, they must give the same bytes as the file.
        if (formatSignature(point, value).contentEquals(content)) return point to value
    }
    throw BundleException(
        "${shown(SIGNATURE_NAME)} to be an SSH signature by an ssh-ed25519 key with sha512 in the" +
            " namespace 'satchel'",
        "something else",
        "sign the bundle again",
    )
}

/** Returns a signature file, byte for byte as `ssh-keygen -Y sign` writes it. */
internal fun formatSignature(point: ByteArray, value: ByteArray): ByteArray {
    val signature = joined(ALGORITHM, value)
    val blob = MAGIC + VERSION + joined(sshEncoding(point), NAMESPACE, NOTHING, HASH, signature)
    val lines = Base64.encode(blob).chunked(LINE_CHARACTERS)
    val text = (listOf(BEGIN) + lines + listOf(END, "")).joinToString("\n")
    return text.toByteArray(Charsets.US_ASCII)
}

private fun joined(vararg parts: ByteArray): ByteArray =
    parts.fold(NOTHING) { all, part -> all + sshString(part) }
