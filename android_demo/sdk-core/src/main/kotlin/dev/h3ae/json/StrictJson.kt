package dev.h3ae.json

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.JsonUnquotedLiteral
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.CodingErrorAction

/** Bytes that are not UTF-8 ([encoding]), or not JSON as our documents allow it; the reader says which document. */
internal class StrictJsonException(
    val encoding: Boolean,
    reason: String,
) : Exception(reason)

/**
 * JSON as our documents allow it. Parsers disagree on byte order marks, duplicate keys, NaN, numbers that overflow,
 * lone surrogates and deep nesting, so none of them is left to a parser: they are refused here, and the result is a
 * tree that `kotlinx.serialization` decodes.
 */
internal object StrictJson {
    const val MAX_DEPTH = 32

    /** Parses a UTF-8 JSON object. */
    fun parse(data: ByteArray): JsonObject {
        val text =
            try {
                Charsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(data))
                    .toString()
            } catch (_: CharacterCodingException) {
                throw StrictJsonException(true, "not UTF-8")
            }
        return Scanner(text).document()
    }
}

private class Scanner(
    private val text: String,
) {
    private var at = 0

    fun document(): JsonObject {
        skipBlanks()
        val document = value(1)
        skipBlanks()
        if (at < text.length) fail("data after the end")
        return document as? JsonObject ?: fail("the top level is not an object")
    }

    private fun value(depth: Int): JsonElement =
        when (peek()) {
            '{' -> obj(deeper(depth))
            '[' -> array(deeper(depth))
            '"' -> JsonPrimitive(string())
            't' -> word("true", JsonPrimitive(true))
            'f' -> word("false", JsonPrimitive(false))
            'n' -> word("null", JsonNull)
            else -> number()
        }

    private fun deeper(depth: Int): Int {
        if (depth > StrictJson.MAX_DEPTH) fail("nested deeper than ${StrictJson.MAX_DEPTH}")
        return depth + 1
    }

    private fun obj(depth: Int): JsonObject {
        val members = LinkedHashMap<String, JsonElement>()
        sequence('}') {
            if (peek() != '"') fail("a key is missing")
            val key = string()
            skipBlanks()
            if (peek() != ':') fail("':' is missing")
            at++
            skipBlanks()
            if (members.put(key, value(depth)) != null) fail("the key '$key' appears twice")
        }
        return JsonObject(members)
    }

    private fun array(depth: Int): JsonArray {
        val items = ArrayList<JsonElement>()
        sequence(']') { items += value(depth) }
        return JsonArray(items)
    }

    /** Items between the bracket at hand and [end], with commas between them. */
    private inline fun sequence(
        end: Char,
        item: () -> Unit,
    ) {
        at++
        skipBlanks()
        if (peek() == end) {
            at++
            return
        }
        while (true) {
            item()
            skipBlanks()
            when (peek()) {
                ',' -> at++
                end -> break
                else -> fail("',' or '$end' is missing")
            }
            skipBlanks()
        }
        at++
    }

    private fun string(): String {
        val result = StringBuilder()
        at++
        while (true) {
            when (val character = next()) {
                '"' -> break
                '\\' -> result.append(escaped())
                else -> result.append(if (character < ' ') fail("a control character in a string") else character)
            }
        }
        // Bytes that are UTF-8 hold no lone surrogate; an escape may.
        if (hasLoneSurrogate(result)) fail("half a character in a string")
        return result.toString()
    }

    private fun escaped(): Char =
        when (val character = next()) {
            '"', '\\', '/' -> character
            'b' -> '\b'
            'f' -> '\u000c'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> unicode()
            else -> fail("an unknown escape")
        }

    private fun unicode(): Char {
        var code = 0
        repeat(HEX_DIGITS) {
            val character = next()
            val digit = if (character.code < ASCII) Character.digit(character, HEX) else -1
            if (digit < 0) fail("a malformed escape")
            code = code * HEX + digit
        }
        return code.toChar()
    }

    // By hand: regular expressions of Android and of the JDK anchor a search inside a text differently.
    private fun number(): JsonPrimitive {
        val begin = at
        skip("-")
        if (!skip("0")) digits()
        val whole = at
        if (skip(".")) digits()
        if (skip("eE")) {
            skip("+-")
            digits()
        }
        val literal = text.substring(begin, at)
        val shown = literal.take(SHOWN)
        if (at == whole && literal.toLongOrNull() == null) fail("the number $shown does not fit 64 bits")
        if (!literal.toDouble().isFinite()) fail("the number $shown is not finite")
        return JsonUnquotedLiteral(literal)
    }

    private fun digits() {
        if (!skip(DIGITS)) fail("not a JSON value")
        while (skip(DIGITS)) Unit
    }

    /** Passes over one character of [these], if it is next. */
    private fun skip(these: String): Boolean = (at < text.length && text[at] in these).also { if (it) at++ }

    private fun word(
        word: String,
        value: JsonPrimitive,
    ): JsonPrimitive {
        if (!text.startsWith(word, at)) fail("not a JSON value")
        at += word.length
        return value
    }

    private fun skipBlanks() {
        while (skip(BLANKS)) Unit
    }

    private fun peek(): Char = if (at < text.length) text[at] else fail("it ends too early")

    private fun next(): Char = peek().also { at++ }

    private fun fail(reason: String): Nothing {
        val shown = text.substring(minOf(at, text.length)).take(SHOWN)
        throw StrictJsonException(
            false,
            "not valid JSON: $reason, at character $at" + if (shown.isEmpty()) "" else ": $shown",
        )
    }

    private companion object {
        const val DIGITS = "0123456789"
        const val BLANKS = " \t\n\r"
        const val HEX = 16
        const val HEX_DIGITS = 4
        const val ASCII = 128
        const val SHOWN = 20

        fun hasLoneSurrogate(text: CharSequence): Boolean {
            var index = 0
            while (index < text.length) {
                val pair = text[index].isHighSurrogate() && index + 1 < text.length && text[index + 1].isLowSurrogate()
                if (!pair && text[index].isSurrogate()) return true
                index += if (pair) 2 else 1
            }
            return false
        }
    }
}
