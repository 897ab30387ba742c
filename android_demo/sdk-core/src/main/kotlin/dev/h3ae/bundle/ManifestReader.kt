package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.bundle.rules.checkManifest
import dev.h3ae.json.DOCUMENTS
import dev.h3ae.json.Fault
import dev.h3ae.json.JsonSchema
import dev.h3ae.json.StrictJson
import dev.h3ae.json.StrictJsonException
import dev.h3ae.json.Version
import dev.h3ae.json.statedVersion
import kotlinx.serialization.json.JsonObject

/**
 * Reads the bytes of a `manifest.json`, in the steps of `docs/bundle.md`: size, strict JSON, version, types and bounds,
 * paths, the rules between fields.
 */
public object ManifestReader {
    /** Name of the file in a bundle. */
    public const val FILE: String = "manifest.json"

    /** Its largest size in bytes. */
    public const val MAX_BYTES: Int = 1 shl 20

    private const val MAJOR = 1
    private const val MINOR = 0
    private val schema by lazy { JsonSchema.resource("manifest.schema.json") }

    /**
     * Reads a manifest.
     *
     * @throws BundleException with a code `manifest.*` or `path.*`, one line that names the first field at fault.
     */
    public fun parse(data: ByteArray): Manifest {
        if (data.size > MAX_BYTES) {
            throw BundleException(BundleCode.MANIFEST_SIZE, "the manifest has ${data.size} bytes, over $MAX_BYTES")
        }
        val document =
            try {
                StrictJson.parse(data)
            } catch (error: StrictJsonException) {
                val code = if (error.encoding) BundleCode.MANIFEST_ENCODING else BundleCode.MANIFEST_JSON
                throw BundleException(code, "the manifest is ${error.message}")
            }
        schema.firstFault(document, ignoreUnknown = isNewer(document))?.let { throw refusal(it) }
        return DOCUMENTS.decodeFromJsonElement(Manifest.serializer(), document).also(::checkManifest)
    }

    /** Refuses other major versions; tells whether the minor one is newer than this reader. */
    private fun isNewer(document: JsonObject): Boolean {
        val stated =
            document.statedVersion()
                ?: throw BundleException(BundleCode.MANIFEST_VERSION, "the manifest states no schema_version")
        val version =
            Version.parse(stated)
                ?: throw BundleException(BundleCode.MANIFEST_VERSION, "schema_version '$stated' is not major.minor")
        if (version.major != MAJOR) {
            throw BundleException(
                BundleCode.MANIFEST_VERSION,
                "the bundle has format version $stated, this reader knows $MAJOR.x",
                if (version.major > MAJOR) "update the app" else "export the bundle again",
            )
        }
        return version.minor > MINOR
    }

    private fun refusal(fault: Fault): BundleException {
        val path = fault.where.endsWith(".file") && fault.keyword in setOf("pattern", "maxLength")
        val code = if (path) BundleCode.PATH_ESCAPE else BundleCode.MANIFEST_SCHEMA
        return BundleException(code, "manifest: ${fault.where}: ${fault.problem}")
    }
}
