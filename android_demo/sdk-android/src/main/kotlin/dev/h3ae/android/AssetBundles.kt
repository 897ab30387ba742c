package dev.h3ae.android

import android.content.Context
import android.content.res.AssetManager
import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import dev.h3ae.bundle.Bundle
import dev.h3ae.bundle.Verify
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.nio.file.Files
import java.nio.file.StandardCopyOption
import kotlin.coroutines.coroutineContext

private const val SUFFIX = ".h3ae"
private const val MANIFEST = "manifest.json"
private const val CHUNK = 1 shl 20

/**
 * The bundle among an app's assets, unpacked where runtimes can map it into memory.
 *
 * It is copied beside its place, verified file by file, and moved there in one step, so that a
 * kill at any moment leaves the old bundle or none. An app update with another bundle replaces it.
 */
public class AssetBundles(
    private val context: Context,
) {
    private val assets: AssetManager = context.assets
    private val home = File(context.noBackupFilesDir, "bundles")

    /**
     * The bundle, unpacked if it is not yet; null if the app holds none.
     *
     * @param progress told per cent while files are copied.
     * @throws InstallException if it could not be copied.
     * @throws dev.h3ae.BundleException if the bundle among the assets is damaged.
     */
    public suspend fun installed(progress: (Int) -> Unit = {}): Bundle? =
        withContext(Dispatchers.IO) {
            val name = assets.list("")?.firstOrNull { it.endsWith(SUFFIX) } ?: return@withContext null
            val place = File(home, name)
            if (!isCurrent(name, place)) install(name, place, progress)
            Bundle.open(place.toPath(), Verify.SIZES)
        }

    private fun isCurrent(
        name: String,
        place: File,
    ): Boolean {
        val manifest = File(place, MANIFEST)
        return manifest.isFile && assets.open("$name/$MANIFEST").use { it.readBytes() }.contentEquals(manifest.readBytes())
    }

    private suspend fun install(
        name: String,
        place: File,
        progress: (Int) -> Unit,
    ) {
        val beside = File(home, ".$name")
        beside.deleteRecursively()
        try {
            copy(name, beside, progress)
            Bundle.open(beside.toPath(), Verify.FULL)
            place.deleteRecursively()
            Files.move(beside.toPath(), place.toPath(), StandardCopyOption.ATOMIC_MOVE)
        } catch (error: IOException) {
            throw InstallException(InstallCode.SPACE, "the model could not be unpacked: ${error.message}", "free some space", error)
        } finally {
            beside.deleteRecursively()
        }
    }

    private suspend fun copy(
        name: String,
        to: File,
        progress: (Int) -> Unit,
    ) {
        val files = walk(name)
        val total = files.sumOf(::size).coerceAtLeast(1)
        val buffer = ByteArray(CHUNK)
        var copied = 0L
        for (file in files) {
            val target = File(to, file.removePrefix("$name/"))
            target.parentFile?.mkdirs()
            assets.open(file).use { source ->
                target.outputStream().use { out ->
                    while (true) {
                        coroutineContext.ensureActive()
                        val count = source.read(buffer)
                        if (count < 0) break
                        out.write(buffer, 0, count)
                        copied += count
                        progress((copied * 100 / total).toInt())
                    }
                }
            }
        }
    }

    private fun walk(path: String): List<String> {
        val entries = assets.list(path).orEmpty()
        return if (entries.isEmpty()) listOf(path) else entries.flatMap { walk("$path/$it") }
    }

    private fun size(path: String): Long =
        try {
            assets.openFd(path).use { it.length }
        } catch (_: FileNotFoundException) {
            // Compressed by whoever packed the app: its size is known after reading it.
            assets.open(path).use { it.available().toLong() }
        }
}
