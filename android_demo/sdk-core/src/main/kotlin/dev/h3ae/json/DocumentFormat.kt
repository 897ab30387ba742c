package dev.h3ae.json

import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject

/** In which step a document failed. */
internal enum class DocumentFault { SIZE, ENCODING, JSON, VERSION, SCHEMA, PATH }

/**
 * How all of our documents are read and written: size, strict JSON, version, types and bounds, then their own rules.
 *
 * @property what the document is called in messages.
 * @property knownMinor newest minor version whose fields are known here.
 * @property remedy what to do about one of an older format.
 * @property rules between its fields; throws the document's own exception.
 * @property refuse throws the document's own exception.
 */
internal class DocumentFormat<T>(
    private val what: String,
    private val maxBytes: Int,
    private val knownMinor: Int,
    private val remedy: String,
    private val schemaFile: String,
    private val serializer: KSerializer<T>,
    private val rules: (T) -> Unit,
    private val refuse: (fault: DocumentFault, sentence: String, wayOut: String?) -> Nothing,
) {
    private val schema by lazy { JsonSchema.resource(schemaFile) }

    fun read(data: ByteArray): T = DOCUMENTS.decodeFromJsonElement(serializer, parse(data)).also(rules)

    /** Its bytes; what a reader would refuse is refused here. */
    fun write(value: T): ByteArray {
        val document = DOCUMENTS.encodeToJsonElement(serializer, value).jsonObject
        check(document)
        rules(value)
        return (DOCUMENTS.encodeToString(JsonObject.serializer(), document) + "\n").toByteArray()
    }

    private fun parse(data: ByteArray): JsonObject {
        if (data.size > maxBytes) refuse(DocumentFault.SIZE, "the $what has ${data.size} bytes, over $maxBytes", null)
        val document =
            try {
                StrictJson.parse(data)
            } catch (error: StrictJsonException) {
                val fault = if (error.encoding) DocumentFault.ENCODING else DocumentFault.JSON
                refuse(fault, "the $what is ${error.message}", null)
            }
        check(document, ignoreUnknown = isNewer(document))
        return document
    }

    /** Refuses what breaks the schema. */
    private fun check(
        document: JsonObject,
        ignoreUnknown: Boolean = false,
    ) {
        val fault = schema.firstFault(document, ignoreUnknown) ?: return
        val isPath = fault.where.endsWith(".file") && fault.keyword in PATH_KEYWORDS
        val kind = if (isPath) DocumentFault.PATH else DocumentFault.SCHEMA
        refuse(kind, "$what: ${fault.where}: ${fault.problem}", null)
    }

    /** Refuses other major versions; tells whether the minor one is newer than this reader. */
    private fun isNewer(document: JsonObject): Boolean {
        val stated =
            (document["schema_version"] as? JsonPrimitive)?.takeIf { it.isString }?.content
                ?: refuse(DocumentFault.VERSION, "the $what states no schema_version", null)
        val found =
            VERSION.matchEntire(stated)?.destructured
                ?: refuse(DocumentFault.VERSION, "schema_version '$stated' is not major.minor", null)
        val (major, minor) = found.toList().map { it.toInt() }
        if (major != MAJOR) {
            refuse(
                DocumentFault.VERSION,
                "the $what has format version $stated, this reader knows $MAJOR.x",
                if (major > MAJOR) "update the app" else remedy,
            )
        }
        return minor > knownMinor
    }

    private companion object {
        const val MAJOR = 1
        val PATH_KEYWORDS = setOf("pattern", "maxLength")

        // No other spelling: neither "01.0" nor "1.0.0".
        val VERSION = Regex("(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,3})")
    }
}
