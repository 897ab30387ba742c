package dev.h3ae.decoder

import dev.h3ae.tensor.Tensor
import java.io.Closeable
import java.nio.FloatBuffer
import java.util.concurrent.atomic.AtomicBoolean

/**
 * A decoded frame, which owns its memory: keep it, pass it on, buffer it. Closing it hands the memory to a later frame;
 * a frame that nobody closes is garbage like any other object.
 *
 * @property index of the frame in its clip or stream.
 */
public class Frame(
    public val index: Int,
    private val tensor: Tensor,
    private val recycle: (Tensor) -> Unit = {},
) : Closeable {
    private val closed = AtomicBoolean()

    /** In pixels. */
    public val height: Int = tensor.shape[1]

    /** In pixels. */
    public val width: Int = tensor.shape[2]

    /**
     * `[3, H, W]`: the planes R, G and B, row-major, nominally in [-1, 1]; a direct buffer.
     *
     * @throws IllegalStateException if the frame is closed.
     */
    public val pixels: FloatBuffer
        get() {
            check(!closed.get()) { "frame $index is closed" }
            return tensor.floats
        }

    override fun close() {
        if (closed.compareAndSet(false, true)) recycle(tensor)
    }
}
