@file:Suppress("UNUSED_PARAMETER", "RedundantSuppression")

package org.pytorch.executorch

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.FloatBuffer
import java.nio.IntBuffer
import java.nio.ShortBuffer

/*
 * What our engine calls of ExecuTorch's API for Android in its Kotlin edition (upstream since May 2026, pull requests
 * 19788 to 19823), declared after its sources, without any of their content.
 */

private fun absent(): Nothing = error("a declaration, to compile against")

open class Module private constructor() {
    open fun execute(
        methodName: String,
        vararg inputs: EValue,
    ): Array<EValue> = absent()

    open fun loadMethod(methodName: String): Unit = absent()

    open fun getMethods(): Array<String> = absent()

    open fun destroy(): Unit = absent()

    companion object {
        const val LOAD_MODE_MMAP = 1

        @JvmStatic
        @JvmOverloads
        fun load(
            modelPath: String?,
            loadMode: Int = 0,
            numThreads: Int = 0,
        ): Module = absent()
    }
}

class ExecuTorchRuntime private constructor() {
    companion object {
        @JvmStatic
        fun getRegisteredBackends(): Array<String> = absent()
    }
}

class EValue private constructor() {
    fun toTensor(): Tensor = absent()

    companion object {
        @JvmStatic
        fun from(tensor: Tensor): EValue = absent()
    }
}

enum class DType { FLOAT }

abstract class Tensor internal constructor() {
    fun shape(): LongArray = absent()

    abstract fun dtype(): DType

    open fun getRawDataBuffer(): Buffer = absent()

    companion object {
        @JvmStatic
        fun fromBlob(
            data: FloatBuffer,
            shape: LongArray,
        ): Tensor = absent()

        @JvmStatic
        fun fromBlob(
            data: ShortBuffer,
            shape: LongArray,
        ): Tensor = absent()

        @JvmStatic
        fun fromBlob(
            data: IntBuffer,
            shape: LongArray,
        ): Tensor = absent()

        @JvmStatic
        fun fromBlobUnsigned(
            data: ByteBuffer,
            shape: LongArray,
        ): Tensor = absent()
    }
}
