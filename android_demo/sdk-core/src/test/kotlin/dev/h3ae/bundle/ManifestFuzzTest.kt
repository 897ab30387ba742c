package dev.h3ae.bundle

import dev.h3ae.BundleException
import dev.h3ae.testing.Repository
import org.junit.jupiter.api.Test
import java.nio.file.Files
import kotlin.random.Random
import kotlin.test.assertTrue

class ManifestFuzzTest {
    @Test
    fun `damaged bytes give a typed error or a manifest, never anything else`() {
        val data = Files.readAllBytes(Repository.golden.resolve("manifests/valid/full.json"))
        val random = Random(7)
        var refused = 0
        repeat(3_000) {
            val damaged = data.copyOf(if (random.nextInt(8) == 0) random.nextInt(data.size) else data.size)
            repeat(1 + random.nextInt(4)) {
                if (damaged.isNotEmpty()) {
                    damaged[random.nextInt(damaged.size)] =
                        ALPHABET[random.nextInt(ALPHABET.size)]
                }
            }
            try {
                ManifestReader.parse(damaged)
            } catch (_: BundleException) {
                refused++
            }
        }
        assertTrue(refused > 2_000, "only $refused of 3000 were refused")
    }

    private companion object {
        val ALPHABET = "{}[]\",:0129-.eE+tfn\\u \n".toByteArray() + byteArrayOf(-1, 0, 127, -64)
    }
}
