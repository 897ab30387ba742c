package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.bundle.rules.checkManifest
import dev.h3ae.json.DocumentFault
import dev.h3ae.json.DocumentFormat

/**
 * Reads the bytes of a `manifest.json`, in the steps of `docs/bundle.md`: size, strict JSON, version, types and bounds,
 * paths, the rules between fields.
 */
public object ManifestReader {
    /** Name of the file in a bundle. */
    public const val FILE: String = "manifest.json"

    /** Its largest size in bytes. */
    public const val MAX_BYTES: Int = 1 shl 20

    private val CODES =
        mapOf(
            DocumentFault.SIZE to BundleCode.MANIFEST_SIZE,
            DocumentFault.ENCODING to BundleCode.MANIFEST_ENCODING,
            DocumentFault.JSON to BundleCode.MANIFEST_JSON,
            DocumentFault.VERSION to BundleCode.MANIFEST_VERSION,
            DocumentFault.SCHEMA to BundleCode.MANIFEST_SCHEMA,
            DocumentFault.PATH to BundleCode.PATH_ESCAPE,
        )

    private val documents =
        DocumentFormat(
            "manifest",
            MAX_BYTES,
            knownMinor = 2,
            "export it again",
            "manifest.schema.json",
            Manifest.serializer(),
            ::checkManifest,
        ) { fault, sentence, wayOut -> throw BundleException(CODES.getValue(fault), sentence, wayOut) }

    /**
     * Reads a manifest.
     *
     * @throws BundleException with a code `manifest.*` or `path.*`, one line that names the first field at fault.
     */
    public fun parse(data: ByteArray): Manifest = documents.read(data)
}
