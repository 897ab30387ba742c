package dev.h3ae.testing

import dev.h3ae.bundle.Bundle
import dev.h3ae.decoder.DecoderOptions
import dev.h3ae.decoder.VideoDecoder
import dev.h3ae.engine.Engine
import kotlinx.coroutines.runBlocking
import java.lang.management.BufferPoolMXBean
import java.lang.management.ManagementFactory
import kotlin.system.exitProcess
import kotlin.test.assertEquals

/**
 * Decodes 257 frames in a JVM of its own with 16 MiB of heap, frame by frame against Python's, and compares the heap
 * and the direct memory in use after 17 frames with those after 257.
 */
object LongStream {
    private const val HEAP = "16m"
    private const val DIRECT = "24m"
    private const val ALLOWED = 512L shl 10

    fun assertConstantHeap(engine: Engine) {
        val java = "${System.getProperty("java.home")}/bin/java"
        val classes = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
        val command =
            listOf(java, "-Xmx$HEAP", "-XX:MaxDirectMemorySize=$DIRECT", "-XX:+UseSerialGC") +
                "-Djava.library.path=${System.getProperty("java.library.path")}" +
                listOf("-cp", classes, LongStream::class.java.name, engine.javaClass.name)
        val process = ProcessBuilder(command).redirectErrorStream(true).start()
        val output = process.inputStream.bufferedReader().readText()
        println(output.trim())
        assertEquals(0, process.waitFor(), output)
    }

    /** Takes the name of an engine's class, whose constructor takes a version or nothing. */
    @JvmStatic
    fun main(arguments: Array<String>) {
        val type = Class.forName(arguments.single())
        val constructor = type.constructors.minBy { it.parameterCount }
        val values =
            constructor.parameterTypes.map {
                if (it ==
                    String::class.java
                ) {
                    "test"
                } else {
                    error("a parameter of $it")
                }
            }
        // An engine's threads may outlive main.
        exitProcess(if (runBlocking { isConstant(constructor.newInstance(*values.toTypedArray()) as Engine) }) 0 else 1)
    }

    private suspend fun isConstant(engine: Engine): Boolean {
        val expected = Repository.expected("long-stream")
        val frames = expected.getValue("frames")
        var worst = 0f
        var early = 0L
        var late = 0L
        val options = DecoderOptions(target = engine.target, selfTest = false)
        VideoDecoder.open(Bundle.open(Repository.bundle), listOf(engine), options).use { decoder ->
            decoder.frames(expected.getValue("latents")).collect { frame ->
                val row = frames.rows(frame.index, frame.index + 1)
                worst = maxOf(worst, frame.use { largestDifference(it.pixels, row.floats) })
                if (frame.index == 16) early = used()
                if (frame.index == 256) late = used()
            }
        }
        println(
            "${engine.target}, 257 frames, -Xmx$HEAP: $early bytes used after 17 frames, $late after 257, worst $worst",
        )
        return late > 0 && late - early <= ALLOWED && worst <= 1e-3f
    }

    @Suppress("ExplicitGarbageCollectionCall") // what is in use, not what is left over, shall be constant
    private fun used(): Long {
        System.gc()
        val runtime = Runtime.getRuntime()
        val direct =
            ManagementFactory
                .getPlatformMXBeans(BufferPoolMXBean::class.java)
                .first { it.name == "direct" }
                .memoryUsed
        return runtime.totalMemory() - runtime.freeMemory() + direct
    }
}
