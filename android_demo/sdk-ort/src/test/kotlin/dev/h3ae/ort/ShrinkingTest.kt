package dev.h3ae.ort

import org.junit.jupiter.api.Test
import kotlin.test.assertTrue

class ShrinkingTest {
    @Test
    fun `the rules for shrinkers travel with the jar`() {
        val rules = checkNotNull(OrtEngine::class.java.getResource("/META-INF/proguard/h3ae-sdk-ort.pro")).readText()
        assertTrue("-keep class ai.onnxruntime.** { *; }" in rules)
    }
}
