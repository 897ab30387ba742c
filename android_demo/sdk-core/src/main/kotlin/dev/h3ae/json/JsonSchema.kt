package dev.h3ae.json

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/**
 * What is wrong with a document.
 *
 * @property where the field, for instance `graphs.decoder_next.inputs[0].shape`.
 * @property keyword of JSON Schema that it breaks.
 */
internal class Fault(
    val where: String,
    val keyword: String,
    val problem: String,
)

/**
 * The schemas that Python generates from its models, as the one statement of types and bounds.
 *
 * It knows the keywords that those two files use, and refuses to be made from a schema with any other, so that a new
 * bound cannot be overlooked. It is stricter than JSON Schema in one point: `1.0` is no integer.
 */
internal class JsonSchema(
    private val root: JsonObject,
) {
    init {
        refuseUnknownKeywords(root)
    }

    /** The first fault of a document, or null; [ignoreUnknown] passes over fields that the schema does not know. */
    fun firstFault(
        document: JsonElement,
        ignoreUnknown: Boolean,
    ): Fault? = Check(ignoreUnknown).fault(root, document, "")

    private inner class Check(
        private val ignoreUnknown: Boolean,
    ) {
        fun fault(
            schema: JsonObject,
            value: JsonElement,
            where: String,
        ): Fault? {
            schema["\$ref"]?.let { return fault(definition(it.jsonPrimitive.content), value, where) }
            schema["anyOf"]?.let { return alternatives(it.jsonArray, value, where) }
            return typeFault(schema, value, where)
                ?: sizeFault(schema, value, where)
                ?: when (value) {
                    is JsonObject -> members(schema, value, where)
                    is JsonArray -> items(schema, value, where)
                    is JsonPrimitive -> scalarFault(schema, value, where)
                }
        }

        /** Of several forms the fault of the one whose type fits: `null` explains nothing about a broken object. */
        private fun alternatives(
            schemas: JsonArray,
            value: JsonElement,
            where: String,
        ): Fault? {
            val faults = schemas.map { fault(it.jsonObject, value, where) ?: return null }
            return faults.firstOrNull { it.keyword != "type" || it.where != where } ?: faults.first()
        }

        private fun members(
            schema: JsonObject,
            value: JsonObject,
            where: String,
        ): Fault? {
            val properties = schema["properties"]?.jsonObject.orEmpty()
            val required = schema["required"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content }
            val known =
                properties.entries.firstNotNullOfOrNull { (name, form) ->
                    val member = value[name]
                    when {
                        member != null -> fault(form.jsonObject, member, where.dot(name))
                        name in required -> Fault(where.dot(name), "required", "field required")
                        else -> null
                    }
                }
            return known ?: (value - properties.keys).entries.firstNotNullOfOrNull { (name, member) ->
                other(schema, name, member, where.dot(name))
            }
        }

        /** A member that `properties` does not name. */
        private fun other(
            schema: JsonObject,
            name: String,
            member: JsonElement,
            where: String,
        ): Fault? {
            val patterns = schema["patternProperties"]?.jsonObject.orEmpty()
            val rest = schema["additionalProperties"]
            val pattern = patterns.keys.firstOrNull { matches(it, name) }
            val form = pattern?.let(patterns::getValue) ?: rest as? JsonObject
            if (form != null) return fault(form.jsonObject, member, where)
            val isClosed = (rest as? JsonPrimitive)?.boolean == false
            // Keys that follow a pattern are no fields: a newer version adds none.
            val isIgnored = ignoreUnknown && patterns.isEmpty()
            return if (isClosed && !isIgnored) Fault(where, "additionalProperties", UNKNOWN) else null
        }

        private fun items(
            schema: JsonObject,
            value: JsonArray,
            where: String,
        ): Fault? {
            val prefix = schema["prefixItems"]?.jsonArray.orEmpty()
            val rest = schema["items"] as? JsonObject
            value.forEachIndexed { index, item ->
                val form = prefix.getOrNull(index)?.jsonObject ?: rest ?: return@forEachIndexed
                fault(form, item, "$where[$index]")?.let { return it }
            }
            return null
        }
    }

    private fun definition(reference: String): JsonObject =
        reference.removePrefix("#/").split('/').fold(root) { node, name -> node.getValue(name).jsonObject }

    internal companion object {
        private const val UNKNOWN = "a field that the format does not know"
        private val KEYWORDS =
            setOf("type", "enum", "const", "\$ref", "anyOf", "properties", "patternProperties", "required") +
                setOf("additionalProperties", "minProperties", "maxProperties", "items", "prefixItems", "minItems") +
                setOf("maxItems", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum") +
                setOf("\$schema", "\$id", "\$defs", "title", "description", "default")
        private val MAPS = setOf("properties", "patternProperties", "\$defs")
        private val LISTS = setOf("anyOf", "prefixItems")
        private val SINGLE = setOf("items", "additionalProperties")

        /** Reads a schema out of the jar; by its whole name, since a shrinker may move this class. */
        fun resource(name: String): JsonSchema {
            val path = "/dev/h3ae/json/$name"
            val stream = checkNotNull(JsonSchema::class.java.getResourceAsStream(path)) { "$path is not packed" }
            return JsonSchema(stream.use { StrictJson.parse(it.readBytes()) })
        }

        private fun refuseUnknownKeywords(schema: JsonObject) {
            for ((keyword, value) in schema) {
                check(keyword in KEYWORDS) { "the schema uses '$keyword', which this validator does not know" }
                when (keyword) {
                    in MAPS -> value.jsonObject.values.forEach { refuseUnknownKeywords(it.jsonObject) }
                    in LISTS -> value.jsonArray.forEach { refuseUnknownKeywords(it.jsonObject) }
                    in SINGLE -> (value as? JsonObject)?.let { refuseUnknownKeywords(it) }
                }
            }
        }

        private fun String.dot(name: String): String = if (isEmpty()) name else "$this.$name"
    }
}
