package dev.h3ae.bundle

import java.io.ByteArrayOutputStream
import java.io.InputStream

/** All bytes of a stream, but no more than [limit]. */
internal fun readAtMost(
    stream: InputStream,
    limit: Int,
): ByteArray {
    val result = ByteArrayOutputStream()
    val chunk = ByteArray(1 shl 13)
    while (result.size() < limit) {
        val count = stream.read(chunk, 0, minOf(chunk.size, limit - result.size()))
        if (count < 0) break
        result.write(chunk, 0, count)
    }
    return result.toByteArray()
}
