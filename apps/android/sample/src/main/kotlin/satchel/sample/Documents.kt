package satchel.sample

import android.content.ContentResolver
import android.net.Uri
import android.provider.DocumentsContract
import android.provider.DocumentsContract.Document
import satchel.Task
import satchel.android.isSample

/** A sample in a folder that the user chose. */
internal class SampleDocument(val path: String, val link: Uri)

/** Returns the samples of the folder [tree] and of those in it, sorted by their paths. */
internal fun samplesIn(resolver: ContentResolver, tree: Uri, task: Task): List<SampleDocument> {
    val found = ArrayList<SampleDocument>()
    // Folders that wait, with the path that leads to each.
    val folders = ArrayList(listOf(DocumentsContract.getTreeDocumentId(tree) to ""))
    while (folders.isNotEmpty()) {
        val (folder, place) = folders.removeAt(folders.size - 1)
        for (child in childrenOf(resolver, tree, folder)) {
            val path = place + child.name
            if (child.isFolder) {
                folders += child.id to "$path/"
            } else if (isSample(path, task)) {
                val link = DocumentsContract.buildDocumentUriUsingTree(tree, child.id)
                found += SampleDocument(path, link)
            }
        }
    }
    return found.sortedBy { it.path }
}

private class Child(val id: String, val name: String, val isFolder: Boolean)

private fun childrenOf(resolver: ContentResolver, tree: Uri, folder: String): List<Child> {
    val link = DocumentsContract.buildChildDocumentsUriUsingTree(tree, folder)
    val columns =
        arrayOf(Document.COLUMN_DOCUMENT_ID, Document.COLUMN_DISPLAY_NAME, Document.COLUMN_MIME_TYPE)
    val children = ArrayList<Child>()
    resolver.query(link, columns, null, null, null)?.use { table ->
        while (table.moveToNext()) {
            val isFolder = table.getString(2) == Document.MIME_TYPE_DIR
            children += Child(table.getString(0), table.getString(1), isFolder)
        }
    }
    return children
}
