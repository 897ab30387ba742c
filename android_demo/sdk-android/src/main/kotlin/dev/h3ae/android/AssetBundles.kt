package dev.h3ae.android

import android.content.Context
import dev.h3ae.BundleException
import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import dev.h3ae.bundle.Bundle
import dev.h3ae.bundle.Verify
import dev.h3ae.install.BundleInstaller
import dev.h3ae.install.ByteSource
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.io.InputStream

private const val SUFFIX = ".h3ae.zip"
private const val PERCENT = 100

/**
 * The bundle among an app's assets, an archive `NAME.h3ae.zip` that is stored and not compressed,
 * installed where runtimes can map its files into memory. An update of the app installs anew.
 */
public class AssetBundles(
    private val context: Context,
) {
    private val home = File(context.noBackupFilesDir, "bundles")
    private val stamp = File(home, ".stamp")

    /**
     * The bundle, installed if it is not yet or no longer whole; null if the app holds none.
     *
     * @param progress told per cent of the work.
     * @throws dev.h3ae.InstallException if it could not be written.
     * @throws dev.h3ae.BundleException if the archive is damaged.
     */
    public suspend fun installed(progress: (Int) -> Unit = {}): Bundle? =
        withContext(Dispatchers.IO) {
            try {
                val asset = context.assets.list("")?.firstOrNull { it.endsWith(SUFFIX) } ?: return@withContext null
                val identity = "$asset ${updated()}"
                present(asset, identity) ?: install(asset, identity, progress)
            } catch (error: IOException) {
                throw InstallException(
                    InstallCode.SPACE,
                    "the app's bundle cannot be installed: ${error.message}",
                    "free some space",
                    error,
                )
            }
        }

    /** The copy of this very asset, unless there is none, or one that was damaged since: it is made anew. */
    private suspend fun present(
        asset: String,
        identity: String,
    ): Bundle? {
        val place = File(home, asset.removeSuffix(".zip"))
        if (!place.isDirectory || !stamp.isFile || stamp.readText() != identity) return null
        return try {
            Bundle.open(place.toPath(), Verify.SIZES)
        } catch (_: BundleException) {
            null
        }
    }

    private suspend fun install(
        asset: String,
        identity: String,
        progress: (Int) -> Unit,
    ): Bundle {
        val source = context.assets.openFd(asset).use { AssetSource(context, asset, identity, it.length) }
        val bundle =
            BundleInstaller(home.toPath()).install(source, replace = true) { told ->
                // Two steps of the same bytes: fetched out of the package, then verified.
                val half = told.done * PERCENT / 2 / told.total.coerceAtLeast(1)
                progress((told.step.ordinal * PERCENT / 2 + half).toInt())
            }
        stamp.writeText(identity)
        return bundle
    }

    private fun updated(): Long = context.packageManager.getPackageInfo(context.packageName, 0).lastUpdateTime
}

private class AssetSource(
    private val context: Context,
    private val name: String,
    override val identity: String,
    override val size: Long,
) : ByteSource {
    override fun open(offset: Long): InputStream {
        val stream = context.assets.open(name)
        var left = offset
        while (left > 0) {
            val skipped = stream.skip(left)
            if (skipped <= 0) throw IOException("$name ends before byte $offset")
            left -= skipped
        }
        return stream
    }
}
