package satchel.android

import java.io.File
import java.io.FileOutputStream
import java.io.IOException

/** Remembers short texts between runs of the application. */
public interface Records {
    /** Returns the text of [key], 64 hexadecimal digits; null if there is none. */
    public fun read(key: String): String?

    /** Remembers one line as the text of [key]; returns when it would survive a crash. */
    public fun write(key: String, text: String)

    /** Forgets the text of [key]. */
    public fun delete(key: String)
}

/**
 * Keeps each text as a file of a folder of the application.
 *
 * @property folder such as a folder in `Context.getNoBackupFilesDir`: what is true on one device must
 *   not be restored on another
 */
public class RecordFolder(private val folder: File) : Records {
    override fun read(key: String): String? = try {
        File(folder, key).readText().ifEmpty { null }
    } catch (_: IOException) {
        // It was never written. What cannot be read is tested again.
        null
    }

    override fun write(key: String, text: String) {
        folder.mkdirs()
        val part = File(folder, "$key.part")
        FileOutputStream(part).use { file ->
            file.write(text.toByteArray())
            file.fd.sync()
        }
        if (!part.renameTo(File(folder, key))) throw IOException("cannot write into $folder")
    }

    override fun delete(key: String) {
        File(folder, key).delete()
    }
}
