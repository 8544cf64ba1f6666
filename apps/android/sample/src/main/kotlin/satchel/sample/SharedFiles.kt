package satchel.sample

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.File
import java.io.FileNotFoundException

private const val AUTHORITY = "satchel.sample.files"
private const val FOLDER = "shared"
private val NAME = Regex("[a-z_]+\\.(jsonl|jpg)")

/** Hands the files of one folder to the applications that a user chose, and no other file. */
internal class SharedFiles : ContentProvider() {
    override fun onCreate() = true

    override fun openFile(link: Uri, mode: String): ParcelFileDescriptor {
        val found = fileOf(link) ?: throw FileNotFoundException("no file of this name")
        return ParcelFileDescriptor.open(found, ParcelFileDescriptor.parseMode(mode))
    }

    override fun query(
        link: Uri,
        columns: Array<String>?,
        selection: String?,
        arguments: Array<String>?,
        order: String?,
    ): Cursor {
        val asked = columns ?: arrayOf(OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE)
        val table = MatrixCursor(asked)
        val found = fileOf(link) ?: return table
        table.addRow(
            asked.map { column ->
                when (column) {
                    OpenableColumns.DISPLAY_NAME -> found.name
                    OpenableColumns.SIZE -> found.length()
                    else -> null
                }
            },
        )
        return table
    }

    override fun getType(link: Uri): String? = when (fileOf(link)?.extension) {
        "jsonl" -> "application/json"
        "jpg" -> "image/jpeg"
        else -> null
    }

    override fun insert(link: Uri, values: ContentValues?): Uri? = null

    override fun delete(link: Uri, selection: String?, arguments: Array<String>?) = 0

    override fun update(
        link: Uri,
        values: ContentValues?,
        selection: String?,
        arguments: Array<String>?,
    ) = 0

    private fun fileOf(link: Uri): File? =
        link.lastPathSegment?.takeIf(NAME::matches)?.let { file(context!!, it) }

    companion object {
        /** Returns a file of the folder, which need not be there. */
        fun file(context: Context, name: String): File =
            File(context.filesDir, FOLDER).apply { mkdirs() }.resolve(name)

        /** Returns the link of a file. Other applications may use it once they are handed it. */
        fun link(name: String): Uri = Uri.parse("content://$AUTHORITY/$name")
    }
}
