package dev.h3ae.tensor

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * Type of a tensor's numbers.
 *
 * @property bytes of one number.
 */
@Serializable
public enum class DType(
    public val bytes: Int,
) {
    @SerialName("float32")
    FLOAT32(4),

    @SerialName("float16")
    FLOAT16(2),

    @SerialName("int32")
    INT32(4),

    @SerialName("uint8")
    UINT8(1),
}
