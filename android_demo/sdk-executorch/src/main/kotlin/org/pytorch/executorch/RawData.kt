package org.pytorch.executorch

import java.nio.Buffer

/**
 * The direct buffer behind a tensor, valid until its module runs again.
 *
 * The public accessors copy through arrays of the Java heap, which a phone has little of: the features of a clip pass
 * 50 MB. The accessor without a copy is visible in its own package alone, hence this file's place.
 */
internal val Tensor.rawData: Buffer get() = rawDataBuffer
