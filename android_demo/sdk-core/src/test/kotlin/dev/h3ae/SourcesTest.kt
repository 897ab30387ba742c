package dev.h3ae

import dev.h3ae.testing.Repository
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** What the JDK of these tests hides: regular expressions run on ICU on a phone, which reads some of them otherwise. */
class SourcesTest {
    private val sources =
        Repository.root
            .resolve("android_demo")
            .toFile()
            .walk()
            .onEnter { it.name !in setOf("build", "target", "test") }
            .filter { it.extension == "kt" && "/src/main/" in it.path }
            .toList()

    @Test
    fun `no regular expression asks where a search begins or what lies behind`() {
        assertTrue(sources.size > 100)
        // After `find(start)`, `\\G` is the start on the JDK and the text's begin on ICU.
        val traps = listOf("\\G", "(?<=", "(?<!")
        val found = sources.flatMap { file -> traps.filter { it in file.readText() }.map { "${file.name}: $it" } }
        assertEquals(emptyList(), found)
    }
}
