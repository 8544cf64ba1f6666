package satchel.android

import java.io.File
import java.net.HttpURLConnection
import java.net.MalformedURLException
import java.net.URL
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.isActive
import kotlinx.coroutines.withContext
import satchel.BundleException

/** The longest wait for a connection, and for more bytes, in milliseconds. */
private const val TIMEOUT_MS = 15_000

/**
 * Downloads a bundle into [target], as [storeBundle] stores it. It ends soon after it is cancelled.
 *
 * @param address a link that begins with `https://`
 * @param limit the largest number of bytes that is downloaded
 * @param sha256 the SHA-256 of the whole file, 64 hexadecimal digits; null if it is not known
 * @throws BundleException for another link, an answer without a file, and as [storeBundle] does
 */
public suspend fun downloadBundle(
    address: String,
    target: File,
    limit: Long = LARGEST_BUNDLE,
    sha256: String? = null,
) {
    val link = httpsLink(address)
    withContext(Dispatchers.IO) {
        fetch(link.openConnection() as HttpURLConnection, target, limit, sha256) { isActive }
    }
}

internal fun httpsLink(address: String): URL {
    val link = try {
        URL(address.trim())
    } catch (_: MalformedURLException) {
        null
    }
    if (link == null || link.protocol != "https" || link.host.isEmpty()) {
        val got = "another text of ${address.length} letters"
        throw BundleException("a link that begins with https://", link?.protocol ?: got)
    }
    return link
}

/** Stores the body of the answer of a server. */
internal fun fetch(
    connection: HttpURLConnection,
    target: File,
    limit: Long,
    sha256: String?,
    isWanted: () -> Boolean,
) {
    connection.connectTimeout = TIMEOUT_MS
    connection.readTimeout = TIMEOUT_MS
    // Android unpacks an answer that it asked for packed; a bundle is packed already.
    connection.setRequestProperty("Accept-Encoding", "identity")
    try {
        val status = reading { connection.responseCode }
        if (status != HttpURLConnection.HTTP_OK) {
            throw BundleException("a file at the link", "status $status of the server")
        }
        // A header may say anything; the bytes are counted too.
        connection.getHeaderField("Content-Length")?.toLongOrNull()?.let { checkLength(it, limit) }
        reading { connection.inputStream }.use { stream ->
            storeBundle(stream, target, limit, sha256, isWanted)
        }
    } finally {
        connection.disconnect()
    }
}
