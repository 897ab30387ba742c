package dev.h3ae.json

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import java.math.BigDecimal

private val patterns = HashMap<String, Regex>()

/**
 * Whether [text] is what an anchored [pattern] describes. The whole of it: `$` of Java's engines also matches before
 * an end of a line, of which they know five, not all of them the same.
 */
internal fun matches(
    pattern: String,
    text: String,
): Boolean = synchronized(patterns) { patterns.getOrPut(pattern) { Regex(pattern) } }.matches(text)

/** What breaks `type`. */
internal fun typeFault(
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
        else -> value is JsonPrimitive && value !is JsonNull && isOf(type, value)
    }

private fun isOf(
    type: String,
    value: JsonPrimitive,
): Boolean =
    when (type) {
        "string" -> value.isString
        "boolean" -> !value.isString && value.content in setOf("true", "false")
        "integer" -> value.isWhole
        else -> !value.isString && value.doubleOrNull != null
    }

/** What breaks a bound on the number of entries, items or characters (of which UTF-16 may need two units). */
internal fun sizeFault(
    schema: JsonObject,
    value: JsonElement,
    where: String,
): Fault? {
    val (size, suffix, what) =
        when {
            value is JsonObject -> Triple(value.size, "Properties", "entries")
            value is JsonArray -> Triple(value.size, "Items", "items")
            value is JsonPrimitive && value.isString -> Triple(characters(value.content), "Length", "characters")
            else -> return null
        }
    val least = schema["min$suffix"]?.jsonPrimitive?.int ?: 0
    val most = schema["max$suffix"]?.jsonPrimitive?.int ?: Int.MAX_VALUE
    return when {
        size < least -> Fault(where, "min$suffix", "should have at least $least $what, has $size")
        size > most -> Fault(where, "max$suffix", "should have at most $most $what, has $size")
        else -> null
    }
}

private fun characters(text: String): Int = text.codePointCount(0, text.length)

/** What breaks `const`, `enum`, `pattern` or a bound on a number. */
internal fun scalarFault(
    schema: JsonObject,
    value: JsonPrimitive,
    where: String,
): Fault? {
    val words = schema["enum"]?.jsonArray?.map { it.jsonPrimitive } ?: listOfNotNull(schema["const"]?.jsonPrimitive)
    if (words.isNotEmpty() && words.none { same(it, value) }) {
        return Fault(where, "enum", "should be ${words.joinToString(" or ")}")
    }
    return if (value.isString) patternFault(schema, value.content, where) else boundFault(schema, value, where)
}

private fun patternFault(
    schema: JsonObject,
    value: String,
    where: String,
): Fault? {
    val pattern = schema["pattern"]?.jsonPrimitive?.content ?: return null
    return if (matches(pattern, value)) null else Fault(where, "pattern", "'$value' should match $pattern")
}

private fun boundFault(
    schema: JsonObject,
    value: JsonPrimitive,
    where: String,
): Fault? {
    val number = if (value.isWhole) value.content.toBigDecimal() else value.doubleOrNull?.toBigDecimal() ?: return null

    fun broken(
        keyword: String,
        holds: (BigDecimal) -> Boolean,
    ) = schema[keyword]
        ?.jsonPrimitive
        ?.content
        ?.toBigDecimal()
        ?.takeUnless(holds)

    return broken("minimum") { number >= it }?.let { Fault(where, "minimum", "should be at least $it") }
        ?: broken("exclusiveMinimum") { number > it }?.let { Fault(where, "exclusiveMinimum", "should be above $it") }
        ?: broken("maximum") { number <= it }?.let { Fault(where, "maximum", "should be at most $it") }
}

private fun same(
    expected: JsonPrimitive,
    value: JsonPrimitive,
): Boolean = expected.isString == value.isString && expected.content == value.content

private val JsonPrimitive.isWhole: Boolean get() = !isString && content.toLongOrNull() != null
