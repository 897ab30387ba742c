package dev.h3ae.json

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.double
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.int
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
            wrongType(schema, value, where)?.let { return it }
            return when (value) {
                is JsonObject -> members(schema, value, where)
                is JsonArray -> items(schema, value, where)
                is JsonPrimitive -> scalar(schema, value, where)
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
            size(schema, value.size, "Properties", "entries")?.let { return it.at(where) }
            val properties = schema["properties"]?.jsonObject.orEmpty()
            val patterns = schema["patternProperties"]?.jsonObject.orEmpty()
            val required = schema["required"]?.jsonArray.orEmpty().map { it.jsonPrimitive.content }
            for ((name, property) in properties) {
                val member = value[name]
                if (member != null) {
                    fault(property.jsonObject, member, where.dot(name))?.let { return it }
                } else if (name in required) {
                    return Fault(where.dot(name), "required", "field required")
                }
            }
            for ((name, member) in value) {
                if (name in properties) continue
                val pattern = patterns.entries.firstOrNull { regex(it.key).containsMatchIn(name) }
                val form = pattern?.value ?: schema["additionalProperties"] as? JsonObject
                if (form != null) {
                    fault(form.jsonObject, member, where.dot(name))?.let { return it }
                } else if (isClosed(schema) && !(ignoreUnknown && patterns.isEmpty())) {
                    return Fault(where.dot(name), "additionalProperties", "a field that the format does not know")
                }
            }
            return null
        }

        private fun items(
            schema: JsonObject,
            value: JsonArray,
            where: String,
        ): Fault? {
            size(schema, value.size, "Items", "items")?.let { return it.at(where) }
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
        /** Reads a schema that lies beside this class. */
        fun resource(name: String): JsonSchema {
            val stream = checkNotNull(JsonSchema::class.java.getResourceAsStream(name)) { "$name is not packed" }
            return JsonSchema(stream.use { StrictJson.parse(it.readBytes()) })
        }

        private val KEYWORDS =
            setOf("type", "enum", "const", "\$ref", "anyOf", "properties", "patternProperties", "required") +
                setOf("additionalProperties", "minProperties", "maxProperties", "items", "prefixItems", "minItems") +
                setOf("maxItems", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum") +
                setOf("\$schema", "\$id", "\$defs", "title", "description", "default")

        private val MAPS = setOf("properties", "patternProperties", "\$defs")
        private val LISTS = setOf("anyOf", "prefixItems")
        private val SINGLE = setOf("items", "additionalProperties")
        private val patterns = HashMap<String, Regex>()

        private fun regex(pattern: String): Regex = synchronized(patterns) { patterns.getOrPut(pattern) { Regex(pattern) } }

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

        private fun wrongType(
            schema: JsonObject,
            value: JsonElement,
            where: String,
        ): Fault? {
            val expected = schema["type"]?.jsonPrimitive?.content ?: return null
            return if (isOf(expected, value)) null else Fault(where, "type", "should be a valid $expected")
        }

        private fun isOf(
            type: String,
            value: JsonElement,
        ): Boolean =
            when (type) {
                "object" -> value is JsonObject
                "array" -> value is JsonArray
                "null" -> value is JsonNull
                "string" -> value is JsonPrimitive && value.isString
                "boolean" -> value is JsonPrimitive && !value.isString && value.content in setOf("true", "false")
                "integer" -> value is JsonPrimitive && value.isWhole
                else -> value is JsonPrimitive && !value.isString && value.doubleOrNull != null
            }

        private fun scalar(
            schema: JsonObject,
            value: JsonPrimitive,
            where: String,
        ): Fault? {
            schema["const"]?.jsonPrimitive?.let { if (!same(it, value)) return Fault(where, "const", "should be $it") }
            schema["enum"]?.jsonArray?.let { words ->
                if (words.none { same(it.jsonPrimitive, value) }) {
                    return Fault(where, "enum", "should be one of ${words.joinToString { it.jsonPrimitive.content }}")
                }
            }
            return if (value.isString) text(schema, value.content, where) else bounds(schema, value, where)
        }

        private fun text(
            schema: JsonObject,
            value: String,
            where: String,
        ): Fault? {
            // JSON Schema counts characters, not UTF-16 units.
            size(schema, value.codePointCount(0, value.length), "Length", "characters")?.let { return it.at(where) }
            val pattern = schema["pattern"]?.jsonPrimitive?.content ?: return null
            // `$` of Java's engine also matches before a final line feed.
            val matches = regex(pattern).containsMatchIn(value) && !value.endsWith("\n")
            return if (matches) null else Fault(where, "pattern", "'$value' should match $pattern")
        }

        private fun bounds(
            schema: JsonObject,
            value: JsonPrimitive,
            where: String,
        ): Fault? {
            val number = if (value.isWhole) value.content.toBigDecimal() else value.doubleOrNull?.toBigDecimal() ?: return null

            fun bound(keyword: String) = schema[keyword]?.jsonPrimitive?.content?.toBigDecimal()
            bound("minimum")?.let { if (number < it) return Fault(where, "minimum", "should be at least $it") }
            bound("exclusiveMinimum")?.let {
                if (number <= it) return Fault(where, "exclusiveMinimum", "should be greater than $it")
            }
            bound("maximum")?.let { if (number > it) return Fault(where, "maximum", "should be at most $it") }
            return null
        }

        private fun size(
            schema: JsonObject,
            size: Int,
            suffix: String,
            what: String,
        ): Fault? {
            val least = schema["min$suffix"]?.jsonPrimitive?.int
            val most = schema["max$suffix"]?.jsonPrimitive?.int
            return when {
                least != null && size < least -> Fault("", "min$suffix", "should have at least $least $what, has $size")
                most != null && size > most -> Fault("", "max$suffix", "should have at most $most $what, has $size")
                else -> null
            }
        }

        private fun Fault.at(where: String) = Fault(where, keyword, problem)

        private fun isClosed(schema: JsonObject): Boolean =
            (schema["additionalProperties"] as? JsonPrimitive)?.boolean == false

        private fun same(
            expected: JsonPrimitive,
            value: JsonPrimitive,
        ): Boolean =
            when {
                expected.isString || value.isString -> expected.isString == value.isString && expected.content == value.content
                expected.isWhole -> value.isWhole && expected.double == value.double
                else -> expected.content == value.content
            }

        private val JsonPrimitive.isWhole: Boolean get() = !isString && content.toLongOrNull() != null

        private fun String.dot(name: String): String = if (isEmpty()) name else "$this.$name"
    }
}
