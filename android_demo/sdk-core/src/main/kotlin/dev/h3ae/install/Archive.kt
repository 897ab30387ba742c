package dev.h3ae.install

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.bundle.Manifest
import dev.h3ae.bundle.ManifestReader
import dev.h3ae.bundle.isSafePath
import dev.h3ae.bundle.readAtMost
import java.util.Locale

/** The directory of a bundle's archive, judged as a whole before a byte is written. */
internal class Archive private constructor(
    private val zip: ZipDirectory,
    val manifest: Manifest,
    private val entries: Map<String, ZipEntryRecord>,
) {
    /** Names below the bundle's folder, with their bytes. */
    val files: Map<String, Long> get() = entries.mapValues { it.value.size }

    /** The content of a file of [files]. */
    fun open(name: String) = zip.open(entries.getValue(name))

    internal companion object {
        private const val MAX_ENTRIES = 10_000
        private const val REGULAR = 0x8

        fun read(zip: ZipDirectory): Archive {
            if (zip.entries.size > MAX_ENTRIES) {
                refuse(BundleCode.ARCHIVE_SIZE, "the archive holds ${zip.entries.size} entries")
            }
            zip.entries.forEach(::refuseUnsafe)
            val total = zip.entries.sumOf { it.size.toDouble() }
            if (total > zip.size) {
                refuse(BundleCode.ARCHIVE_SIZE, "the archive claims to hold ${total.toLong()} bytes")
            }
            val entries = belowTop(zip.entries)
            val record =
                entries[ManifestReader.FILE]
                    ?: refuse(BundleCode.MANIFEST_MISSING, "the archive holds no ${ManifestReader.FILE}")
            val manifest = ManifestReader.parse(zip.open(record).use { readAtMost(it, ManifestReader.MAX_BYTES + 1) })
            refuseStrangers(manifest, entries.keys)
            return Archive(zip, manifest, entries)
        }

        private fun refuseUnsafe(entry: ZipEntryRecord) {
            if (!isSafePath(entry.name) ||
                entry.unixKind !in setOf(0, REGULAR)
            ) {
                unsafe("the archive holds '${entry.name}'")
            }
            if (!entry.isStored || entry.packedSize != entry.size) {
                unsafe("'${entry.name}' is compressed, which no bundle archive is")
            }
        }

        /** The entries by their names below the one folder that holds them all. */
        private fun belowTop(entries: List<ZipEntryRecord>): Map<String, ZipEntryRecord> {
            val seen = HashSet<String>()
            entries.firstOrNull { !seen.add(it.name.lowercase(Locale.ROOT)) }?.let {
                unsafe("the archive holds '${it.name}' twice")
            }
            val tops = entries.map { it.name.substringBefore('/') }.distinct()
            if (tops.size != 1 ||
                entries.any { '/' !in it.name }
            ) {
                unsafe("the archive does not hold exactly one folder")
            }
            return entries.associateBy { it.name.substringAfter('/') }
        }

        /** Refuses everything that the manifest does not list. */
        private fun refuseStrangers(
            manifest: Manifest,
            names: Set<String>,
        ) {
            val files = manifest.artifacts.map { it.file } + manifest.goldenFiles.map { it.file }
            val listed = (files + ManifestReader.FILE).toSet()
            for (name in names) {
                val parents =
                    generateSequence(
                        name,
                    ) { it.substringBeforeLast('/', "") }.drop(1).takeWhile { it.isNotEmpty() }.toList()
                if (name !in listed && parents.none { it in listed }) unsafe("the manifest does not list '$name'")
                if (parents.any { it in names }) unsafe("'$name' lies inside another file")
            }
        }

        private fun unsafe(sentence: String): Nothing = refuse(BundleCode.ARCHIVE_UNSAFE, sentence)

        private fun refuse(
            code: BundleCode,
            sentence: String,
        ): Nothing = throw BundleException(code, sentence)
    }
}
