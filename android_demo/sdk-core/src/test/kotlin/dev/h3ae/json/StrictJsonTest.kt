package dev.h3ae.json

import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class StrictJsonTest {
    @ParameterizedTest
    @ValueSource(
        strings = [
            "", "[]", "{", "{}}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":NaN}",
            "{\"a\":-Infinity}", "{\"a\":1e999}", "{\"a\":9223372036854775808}", "{\"a\":1,}", "{\"a\":1,\"a\":2}",
            "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\n\"}", "{'a':1}", "{a:1}",
            "{\"a\":tru}", "{\"a\":1 /* */}", "{\"a\" 1}", "{\"a\":[1 2]}", "\uFEFF{}", "{\"a\":\u0661}",
            "{\"a\":-}", "{\"a\":--1}", "{\"a\":-01}", "{\"a\":1.e5}", "{\"a\":1e+}", "{\"a\":0x1}", "{\"a\":1.\u0661}",
            "{\"a\":1", "{\"a\":-",
        ],
    )
    fun `what parsers read differently is refused`(text: String) {
        assertFailsWith<StrictJsonException> { StrictJson.parse(text.toByteArray()) }
    }

    @Test
    fun `what they all read alike is read`() {
        val document =
            StrictJson.parse(
                """{"a": "\ud83d\ude00\n", "b": -0.5e-3, "c": [], "d": {"e": null}}""".toByteArray(),
            )
        assertEquals("\uD83D\uDE00\n", document.getValue("a").jsonPrimitive.content)
        assertEquals(setOf("a", "b", "c", "d"), document.keys)
    }

    @Test
    fun `numbers are read wherever they stand`() {
        val numbers = listOf("0", "-0", "7", "-10", "0.0", "-0.25", "1e5", "1E+05", "10.50e-3", "9223372036854775807")
        val document = StrictJson.parse("""{"a": [${numbers.joinToString(" , ")}], "b":1}""".toByteArray())
        assertEquals(numbers, document.getValue("a").jsonArray.map { it.jsonPrimitive.content })
        assertEquals("1", document.getValue("b").jsonPrimitive.content)
    }

    @Test
    fun `nesting is bounded`() {
        fun nested(depth: Int) = ("{\"a\":" + "[".repeat(depth - 1) + "]".repeat(depth - 1) + "}").toByteArray()
        StrictJson.parse(nested(StrictJson.MAX_DEPTH))
        assertFailsWith<StrictJsonException> { StrictJson.parse(nested(StrictJson.MAX_DEPTH + 1)) }
        assertFailsWith<StrictJsonException> { StrictJson.parse(nested(100_000)) }
    }
}
