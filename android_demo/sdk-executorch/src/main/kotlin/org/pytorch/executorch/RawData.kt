package org.pytorch.executorch

import java.nio.Buffer

/**
 * The buffer over the runtime's own memory behind a tensor, valid until its module runs again.
 *
 * The public accessors copy through arrays of the Java heap, beside our tensors, which on Android lie there too: the
 * features of a clip pass 50 MB. In Java's API the accessor without a copy is visible in its own package alone, hence
 * this file's place; Kotlin's has it public, as a function, hence the call.
 */
internal val Tensor.rawData: Buffer get() = getRawDataBuffer()
