@file:OptIn(ExperimentalSerializationApi::class)

package dev.h3ae.json

import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonNamingStrategy
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** Our documents: snake case, everything stated, optional fields as null. */
internal val DOCUMENTS: Json =
    Json {
        namingStrategy = JsonNamingStrategy.SnakeCase
        ignoreUnknownKeys = true
        encodeDefaults = true
        prettyPrint = true
        prettyPrintIndent = "  "
    }

/** Version of a document's format. */
internal data class Version(
    val major: Int,
    val minor: Int,
) {
    internal companion object {
        private val PATTERN = Regex("(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,3})")

        /** Reads `"1.0"`; null for anything else (`"01.0"`, `"1.0.0"`). */
        fun parse(text: String): Version? =
            PATTERN.matchEntire(text)?.let { Version(it.groupValues[1].toInt(), it.groupValues[2].toInt()) }
    }
}

/** The stated version, or null where none is. */
internal fun JsonObject.statedVersion(): String? = (this["schema_version"] as? JsonPrimitive)?.takeIf { it.isString }?.content
