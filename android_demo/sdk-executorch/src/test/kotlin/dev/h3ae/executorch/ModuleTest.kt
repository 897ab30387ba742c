package dev.h3ae.executorch

import dev.h3ae.profile.LinuxMemory
import dev.h3ae.testing.Repository
import dev.h3ae.testing.TemporaryBundle
import org.junit.jupiter.api.Test
import org.pytorch.executorch.EValue
import org.pytorch.executorch.ExecuTorchRuntime
import org.pytorch.executorch.ExecutorchRuntimeException
import org.pytorch.executorch.Module
import org.pytorch.executorch.Tensor
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

/** What the engine leaves to the JNI library. */
class ModuleTest {
    private val program = Repository.bundle.resolve("artifacts/h3ae-xnnpack-fp32.pte")
    private val input =
        EValue.from(
            Tensor.fromBlob(Tensor.allocateFloatBuffer(48 * 16 * 16), longArrayOf(1, 48, 16, 16)),
        )

    private fun <T> module(
        threads: Int = 0,
        use: (Module) -> T,
    ): T {
        val module = Module.load(program.toString(), Module.LOAD_MODE_MMAP, threads)
        return try {
            use(module)
        } finally {
            module.destroy()
        }
    }

    @Test
    fun `the runtime tells its backends and kernels`() {
        assertTrue("XnnpackBackend" in ExecuTorchRuntime.getRegisteredBackends())
        assertTrue(ExecuTorchRuntime.getRegisteredOps().any { it.startsWith("aten::") })
    }

    @Test
    fun `a program tells its methods and their backends`() =
        module { module ->
            assertTrue("decoder_frame" in module.getMethods())
            assertEquals(0, module.loadMethod("decoder_frame"))
            assertEquals(listOf("XnnpackBackend"), module.getMethodMetadata("decoder_frame").backends.distinct())
            assertTrue(module.loadMethod("nothing") != 0)
        }

    @Test
    fun `every way to load a file gives the same numbers, with any number of threads`() {
        val results =
            listOf(Module.LOAD_MODE_FILE, Module.LOAD_MODE_MMAP).flatMap { mode ->
                listOf(1, 2).map { threads ->
                    val module = Module.load(program.toString(), mode, threads)
                    val tensor = module.execute("decoder_frame", input).single().toTensor()
                    module.destroy()
                    assertEquals(listOf(1L, 3L, 64L, 64L), tensor.shape().asList())
                    tensor.dataAsFloatArray.asList()
                }
            }
        assertEquals(1, results.distinct().size)
    }

    @Test
    fun `errors are exceptions that tell what the runtime said`() =
        module { module ->
            val wrong = EValue.from(Tensor.fromBlob(Tensor.allocateFloatBuffer(3), longArrayOf(1, 3)))
            val rank = assertFailsWith<ExecutorchRuntimeException> { module.execute("decoder_frame", wrong) }
            assertTrue("decoder_frame" in rank.message.orEmpty(), rank.message)
            assertFailsWith<ExecutorchRuntimeException> { module.execute("nothing", input) }
            assertFailsWith<ExecutorchRuntimeException> { module.execute("decoder_frame", EValue.from(1L)) }
            assertFailsWith<ExecutorchRuntimeException> { module.execute("decoder_frame", EValue.from("text")) }
            // It goes on to work.
            assertEquals(1, module.execute("decoder_frame", input).size)
        }

    @Test
    fun `a file that is no program is refused`() {
        val file = Files.write(TemporaryBundle.folder().resolve("no.pte"), ByteArray(5_000))
        assertFailsWith<RuntimeException> { Module.load(file.toString()) }
        assertFailsWith<RuntimeException> { Module.load(file.resolveSibling("none.pte").toString()) }
    }

    @Test
    fun `destroying gives the memory back, and neither calls nor failures leak`() {
        repeat(5) { cycle() }
        val before = LinuxMemory.residentBytes()
        repeat(40) { cycle() }
        val grown = LinuxMemory.residentBytes() - before
        println("40 loads of 41 MiB, 200 calls and failures: $grown bytes more")
        assertTrue(grown < 24L shl 20, "$grown bytes more")
    }

    @Suppress("ExplicitGarbageCollectionCall") // results of earlier calls are no leak
    private fun cycle() =
        module { module ->
            repeat(5) {
                module.execute("decoder_frame", input)
                assertFailsWith<ExecutorchRuntimeException> { module.execute("decoder_frame", EValue.from(1L)) }
            }
            System.gc()
        }
}
