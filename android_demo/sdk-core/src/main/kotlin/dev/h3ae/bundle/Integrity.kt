package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import java.io.IOException
import java.nio.file.Files
import java.nio.file.LinkOption.NOFOLLOW_LINKS
import java.nio.file.Path
import java.nio.file.attribute.BasicFileAttributes
import java.security.MessageDigest
import java.util.TreeMap

/** SHA-256 of files and of directory trees, read as streams, links refused; `docs/bundle.md` defines a tree's hash. */
internal object Integrity {
    private const val MAX_TREE_FILES = 10_000
    private const val CHUNK_BYTES = 1 shl 18

    /** Size in bytes of a file, or of all files of a directory. */
    fun size(path: Path): Long =
        if (Files.isDirectory(path)) treeFiles(path).values.sumOf { Files.size(it) } else Files.size(path)

    /** Hash of a regular file, or of a directory's listing. */
    fun sha256(path: Path): String {
        if (!Files.isDirectory(path)) return fileSha256(path)
        val listing = MessageDigest.getInstance("SHA-256")
        treeFiles(path).forEach { (name, file) -> listing.update("${fileSha256(file)}  $name\n".toByteArray()) }
        return hex(listing.digest())
    }

    private fun fileSha256(path: Path): String {
        val digest = MessageDigest.getInstance("SHA-256")
        val chunk = ByteArray(CHUNK_BYTES)
        Files.newInputStream(path).use { stream ->
            while (true) {
                val count = stream.read(chunk)
                if (count < 0) break
                digest.update(chunk, 0, count)
            }
        }
        return hex(digest.digest())
    }

    /** Files below a directory by their relative paths, in byte order: portable names are ASCII. */
    private fun treeFiles(directory: Path): Map<String, Path> {
        val files = TreeMap<String, Path>()
        val pending = ArrayDeque(listOf(directory))
        while (pending.isNotEmpty()) {
            for (entry in Files.newDirectoryStream(pending.removeFirst()).use { it.toList() }) {
                val name = directory.relativize(entry).joinToString("/")
                if (!isSafePath(name)) {
                    refuse(BundleCode.PATH_ESCAPE, "${directory.fileName} holds '$name', which is no portable name")
                }
                if (refuseLink(entry).isDirectory) pending.addLast(entry) else files[name] = entry
            }
            if (files.size > MAX_TREE_FILES) {
                refuse(BundleCode.PATH_ESCAPE, "${directory.fileName} holds more than $MAX_TREE_FILES files")
            }
        }
        return files
    }

    /** What lies at [path]; a symbolic link may lead anywhere, and a special file has no content. */
    fun refuseLink(path: Path): BasicFileAttributes {
        val kind = Files.readAttributes(path, BasicFileAttributes::class.java, NOFOLLOW_LINKS)
        if (kind.isSymbolicLink) refuse(BundleCode.PATH_SYMLINK, "${path.fileName} is a symbolic link")
        if (kind.isOther) refuse(BundleCode.PATH_SYMLINK, "${path.fileName} is neither file nor directory")
        return kind
    }

    /** The place of the bundle's [file], with no link on the way; [missing] is the code if there is nothing. */
    fun locate(
        root: Path,
        file: String,
        missing: BundleCode,
    ): Path =
        file.split('/').fold(root) { folder, segment ->
            val path = folder.resolve(segment)
            try {
                refuseLink(path)
            } catch (error: IOException) {
                throw BundleException(
                    missing,
                    "$file is missing",
                    "the bundle was not copied or unpacked in full",
                    error,
                )
            }
            path
        }

    private fun refuse(
        code: BundleCode,
        sentence: String,
    ): Nothing = throw BundleException(code, sentence)

    private fun hex(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }
}
