package dev.h3ae.install

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import dev.h3ae.bundle.Bundle
import dev.h3ae.bundle.Verify
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import kotlin.coroutines.CoroutineContext

/** What an installation is doing. */
public enum class InstallStep {
    /** Bytes of the archive arrive. */
    FETCHING,

    /** Files are written and their hashes checked, beside the final place. */
    VERIFYING,
}

/** [done] of [total] bytes of a step. */
public data class InstallProgress(
    public val step: InstallStep,
    public val done: Long,
    public val total: Long,
)

/**
 * Puts bundles into a folder, each whole or not at all.
 *
 * The archive is fetched to a partial file that a later try goes on with, unpacked and verified beside the final place,
 * and only then moved there in one step. Whatever stops it, and whenever, the folder holds the old bundle or the new.
 *
 * @property folder where the bundles lie, as `NAME.h3ae`; on one file system, in the app's own storage.
 */
public class BundleInstaller(
    public val folder: Path,
) {
    private val work = folder.resolve(".install")
    private val one = Mutex()

    /**
     * Installs the bundle of an archive.
     *
     * @param replace whether a bundle of the same name may be replaced.
     * @throws InstallException if the bytes cannot be had now; what has arrived is kept.
     * @throws BundleException if what has arrived is no bundle, or one of that name exists.
     */
    public suspend fun install(
        source: ByteSource,
        replace: Boolean = false,
        onProgress: (InstallProgress) -> Unit = {},
    ): Bundle =
        one.withLock {
            onDisk {
                undo()
                val context = currentCoroutineContext()
                val download = PartialDownload(work, source)
                download.complete {
                    context.ensureActive()
                    onProgress(InstallProgress(InstallStep.FETCHING, it, source.size))
                }
                val bundle =
                    try {
                        unpack(download.file, replace, context, onProgress)
                    } catch (error: BundleException) {
                        // The same bytes would fail again; a bundle that is in the way is not their fault.
                        if (error.reason != BundleCode.BUNDLE_EXISTS) download.delete()
                        throw error
                    }
                download.delete()
                bundle
            }
        }

    /** Bundles that are installed, by their names, without a look inside. */
    public fun installed(): Map<String, Path> {
        if (!Files.isDirectory(folder)) return emptyMap()
        return Files.newDirectoryStream(folder, "*$SUFFIX").use { found ->
            found.filter { Files.isDirectory(it) }.associateBy { it.fileName.toString().removeSuffix(SUFFIX) }
        }
    }

    /**
     * Removes an installed bundle, which is gone in one move. Whoever has it open closes it first.
     *
     * @param name as [installed] has it.
     * @throws BundleException with [BundleCode.BUNDLE_MISSING] if there is none of that name.
     * @throws InstallException if the folder cannot be written.
     */
    public suspend fun remove(name: String): Unit =
        one.withLock {
            onDisk {
                undo()
                val place =
                    installed()[name]
                        ?: throw BundleException(
                            BundleCode.BUNDLE_MISSING,
                            "'$name' is not among the installed bundles",
                            "there are: ${installed().keys.sorted().joinToString()}",
                        )
                // What a killed process leaves of it, `undo` deletes.
                val gone = work.resolve(place.fileName.toString() + GONE)
                Files.move(place, gone, ATOMIC_MOVE)
                delete(gone)
            }
        }

    /**
     * Undoes what a killed process left: a bundle that was moved aside comes back, half-written ones go.
     * [install] does it first; an app does it at its start.
     *
     * @throws InstallException if the folder cannot be written.
     */
    public suspend fun recover(): Unit = one.withLock { onDisk { undo() } }

    /** Whatever the file system refuses, a full disk above all, becomes an exception of ours. */
    private suspend fun <T> onDisk(block: suspend () -> T): T =
        withContext(Dispatchers.IO) {
            try {
                block()
            } catch (error: IOException) {
                throw InstallException(
                    InstallCode.SPACE,
                    "the bundle cannot be written: ${error.message}",
                    "free some space",
                    error,
                )
            }
        }

    private fun undo() {
        Files.createDirectories(work)
        Files.newDirectoryStream(work).use { found ->
            for (entry in found) {
                val name = entry.fileName.toString()
                val place = folder.resolve(name.removeSuffix(OLD))
                when {
                    name.endsWith(OLD) && !Files.exists(place) -> Files.move(entry, place, ATOMIC_MOVE)
                    Files.isDirectory(entry) -> delete(entry)
                }
            }
        }
    }

    private suspend fun unpack(
        archiveFile: Path,
        replace: Boolean,
        context: CoroutineContext,
        onProgress: (InstallProgress) -> Unit,
    ): Bundle =
        ZipDirectory(archiveFile).use { zip ->
            val archive = Archive.read(zip)
            val place = folder.resolve(archive.manifest.name + SUFFIX)
            if (Files.exists(place) && !replace) {
                throw BundleException(BundleCode.BUNDLE_EXISTS, "${place.fileName} exists already", "replace it")
            }
            val fresh = work.resolve(archive.manifest.name + NEW)
            try {
                extract(archive, fresh, context, onProgress)
                Bundle.open(fresh)
                publish(fresh, place)
            } finally {
                delete(fresh)
            }
            // The files have just been verified where they were.
            Bundle.open(place, Verify.SIZES)
        }

    private fun extract(
        archive: Archive,
        target: Path,
        context: CoroutineContext,
        onProgress: (InstallProgress) -> Unit,
    ) {
        delete(target)
        val total = archive.files.values.sum()
        var done = 0L
        for (name in archive.files.keys) {
            val file = target.resolve(name)
            Files.createDirectories(file.parent)
            archive.open(name).use { stream ->
                Files.newOutputStream(file).use { output ->
                    copy(stream, output) { count ->
                        context.ensureActive()
                        done += count
                        onProgress(InstallProgress(InstallStep.VERIFYING, done, total))
                    }
                }
            }
        }
    }

    private inline fun copy(
        stream: InputStream,
        output: OutputStream,
        onChunk: (Int) -> Unit,
    ) {
        val chunk = ByteArray(CHUNK_BYTES)
        while (true) {
            val count = stream.read(chunk)
            if (count < 0) break
            output.write(chunk, 0, count)
            onChunk(count)
        }
    }

    /** A directory cannot replace another in one step: the old one steps aside, where [recover] would find it. */
    private fun publish(
        fresh: Path,
        place: Path,
    ) {
        val old = work.resolve(place.fileName.toString() + OLD)
        delete(old)
        if (Files.exists(place)) Files.move(place, old, ATOMIC_MOVE)
        Files.move(fresh, place, ATOMIC_MOVE)
        delete(old)
    }

    private fun delete(path: Path) {
        path.toFile().deleteRecursively()
    }

    private companion object {
        const val SUFFIX = ".h3ae"
        const val OLD = ".old"
        const val NEW = ".new"
        const val GONE = ".gone"
        const val CHUNK_BYTES = 1 shl 16
    }
}
