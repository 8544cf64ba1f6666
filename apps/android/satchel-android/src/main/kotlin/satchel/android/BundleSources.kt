package satchel.android

import android.content.Context
import android.net.Uri
import android.os.ParcelFileDescriptor
import java.io.Closeable
import java.io.File
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import satchel.BundleException
import satchel.BundleSource
import satchel.InputException

/**
 * Returns the bundle of an asset. An asset that is stored is read in place, so it may be larger than
 * memory: write `androidResources { noCompress += "satchel" }` in the Gradle file. A compressed one
 * is copied into the cache first.
 *
 * @throws BundleException for an asset that is not there, or without room for its copy
 */
public fun assetSource(context: Context, path: String): BundleSource {
    val descriptor = try {
        context.assets.openFd(path)
    } catch (_: FileNotFoundException) {
        return copied(context, assetStream(context, path))
    }
    val stream = reading { descriptor.createInputStream() }
    return ChannelSource(stream.channel, descriptor.startOffset, descriptor.length, stream)
}

private fun assetStream(context: Context, path: String): InputStream = try {
    context.assets.open(path)
} catch (error: IOException) {
    throw BundleException("the asset $path", "an application without it", null, error)
}

/**
 * Returns the bundle of a link of another application or of the system, such as one that a user
 * chose. What cannot be read in place is copied into the cache first.
 *
 * @throws InputException for a link whose permission was taken back, or that leads nowhere
 * @throws BundleException for a file that cannot be read, or without room for its copy
 */
public fun linkSource(context: Context, link: Uri): BundleSource {
    val file = try {
        context.contentResolver.openFileDescriptor(link, "r")
    } catch (_: FileNotFoundException) {
        null
    } catch (_: SecurityException) {
        // The next call says it in a line.
        null
    } ?: return copied(context, openStream(context, link))
    val size = file.statSize
    // A pipe has no size and no positions.
    if (size <= 0) {
        return copied(context, ParcelFileDescriptor.AutoCloseInputStream(file))
    }
    val stream = FileInputStream(file.fileDescriptor)
    val owner = Closeable {
        stream.close()
        file.close()
    }
    return ChannelSource(stream.channel, 0, size, owner)
}

/** Returns a copy of a bundle in the cache, which is deleted with the source. Closes [stream]. */
private fun copied(context: Context, stream: InputStream): BundleSource {
    val place = reading { File.createTempFile("bundle", ".satchel", context.cacheDir) }
    var copied = false
    try {
        stream.use { storeBundle(it, place) }
        val file = reading { FileInputStream(place) }
        copied = true
        return ChannelSource(file.channel, 0, place.length(), file)
    } finally {
        // An open file stays readable without its name, and goes with the last who reads it.
        if (!place.delete() && copied) place.deleteOnExit()
    }
}
