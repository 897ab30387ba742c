package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path

/** How far a bundle's files are checked. */
public enum class Verify {
    /** Sizes and SHA-256 of every file. */
    FULL,

    /** Sizes alone. */
    SIZES,

    /** Nothing but the manifest is read. */
    NONE,
}

/**
 * A `NAME.h3ae` directory whose manifest has been read and whose files have been checked.
 *
 * @property manifest what it holds.
 * @property root where it lies.
 */
public class Bundle private constructor(
    public val manifest: Manifest,
    public val root: Path,
) {
    /**
     * Hash of the manifest, and with it of all that it lists: the bundle's identity.
     *
     * @throws BundleException if the manifest is gone.
     */
    public fun sha256(): String =
        Integrity.sha256(Integrity.locate(root, ManifestReader.FILE, BundleCode.MANIFEST_MISSING))

    /** The bundle of one of its sizes, for a decoder of its own; see [Manifest.at]. */
    public fun at(
        height: Int,
        width: Int,
    ): Bundle = Bundle(manifest.at(height, width), root)

    /**
     * The first artifact that fits; their order in the manifest is one of preference.
     *
     * @throws BundleException with [BundleCode.ARTIFACT_UNKNOWN], naming what there is instead.
     */
    public fun artifact(
        target: String,
        graph: String,
        precision: String? = null,
        backend: String? = null,
    ): Artifact {
        val found = manifest.artifacts.filter { it.target == target && it.graph == graph }
        return found.firstOrNull { precision in setOf(null, it.precision) && backend in setOf(null, it.backend) }
            ?: throw BundleException(
                BundleCode.ARTIFACT_UNKNOWN,
                "${manifest.name} holds no ${listOfNotNull(
                    precision,
                    backend,
                    target,
                ).joinToString(" ")} artifact of '$graph'",
                "there are: " +
                    found
                        .map { "${it.precision} ${it.backend}" }
                        .ifEmpty { manifest.artifacts.map { it.target } }
                        .toSortedSet()
                        .joinToString(),
            )
    }

    /**
     * Where the file of an artifact or golden tensor lies.
     *
     * @throws BundleException if it is missing or behind a symbolic link.
     */
    public fun path(item: Listed): Path = Integrity.locate(root, item.file, Codes.of(item).missing)

    private fun verify(level: Verify) {
        val items: List<Listed> = manifest.artifacts + manifest.goldenFiles
        items.distinctBy { it.file }.forEach { verifyFile(it, level) }
    }

    private fun verifyFile(
        item: Listed,
        level: Verify,
    ) {
        val codes = Codes.of(item)
        val path = path(item)
        try {
            val size = Integrity.size(path)
            if (size != item.bytes) refuse(codes.size, "${item.file} has $size bytes, the manifest says ${item.bytes}")
            if (level == Verify.FULL && Integrity.sha256(path) != item.sha256) {
                refuse(codes.hash, "${item.file} is not the file that was exported (SHA-256 differs)")
            }
        } catch (error: IOException) {
            refuse(codes.missing, "cannot read ${item.file}: ${error.message}", AGAIN, error)
        }
    }

    /** Codes of what may be wrong with a listed file. */
    private enum class Codes(
        val missing: BundleCode,
        val size: BundleCode,
        val hash: BundleCode,
    ) {
        ARTIFACT(BundleCode.ARTIFACT_MISSING, BundleCode.ARTIFACT_SIZE, BundleCode.ARTIFACT_HASH),
        GOLDEN(BundleCode.GOLDEN_MISSING, BundleCode.GOLDEN_SIZE, BundleCode.GOLDEN_HASH),
        ;

        companion object {
            fun of(item: Listed): Codes =
                when (item) {
                    is Artifact -> ARTIFACT
                    is GoldenTensor -> GOLDEN
                }
        }
    }

    public companion object {
        private const val AGAIN = "copy or download the bundle again"

        /**
         * Reads the manifest at [path] and checks the files that it lists, off the caller's thread.
         *
         * @throws BundleException that says what is wrong first.
         */
        public suspend fun open(
            path: Path,
            verify: Verify = Verify.FULL,
        ): Bundle =
            reading {
                Bundle(ManifestReader.parse(readManifest(path)), path).also {
                    if (verify !=
                        Verify.NONE
                    ) {
                        it.verify(verify)
                    }
                }
            }

        private fun readManifest(root: Path): ByteArray {
            if (!Files.exists(root)) refuse(BundleCode.BUNDLE_MISSING, "there is no bundle at $root", null)
            if (!Files.isDirectory(root)) {
                val wayOut = if (root.toString().endsWith(".zip")) "install the archive first" else null
                refuse(BundleCode.BUNDLE_NOT_A_DIRECTORY, "$root is not a bundle directory", wayOut)
            }
            val file = root.resolve(ManifestReader.FILE)
            return try {
                if (!Integrity.refuseLink(file).isRegularFile) {
                    refuse(BundleCode.MANIFEST_MISSING, "${ManifestReader.FILE} of $root is not a file")
                }
                Files.newInputStream(file).use { readAtMost(it, ManifestReader.MAX_BYTES + 1) }
            } catch (error: IOException) {
                refuse(
                    BundleCode.MANIFEST_MISSING,
                    "cannot read ${ManifestReader.FILE} of $root: ${error.message}",
                    AGAIN,
                    error,
                )
            }
        }

        private fun refuse(
            code: BundleCode,
            sentence: String,
            wayOut: String? = AGAIN,
            cause: Exception? = null,
        ): Nothing = throw BundleException(code, sentence, wayOut, cause)
    }
}
