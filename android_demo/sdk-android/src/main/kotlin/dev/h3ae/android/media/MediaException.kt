package dev.h3ae.android.media

import java.io.File

/** What may be wrong with a photo or a video. */
public enum class MediaCode(
    public val text: String,
) {
    /** The file is gone, or this app may no longer open it. */
    GONE("media.gone"),

    /** The system cannot decode it. */
    UNREADABLE("media.unreadable"),

    /** The system has no encoder for this size. */
    NO_ENCODER("media.no_encoder"),

    /** The frames cannot be encoded as they are. */
    FRAMES("media.frames"),

    /** The file cannot be written. */
    UNWRITABLE("media.unwritable"),
}

/** A photo or a video that cannot be read or written. */
public class MediaException internal constructor(
    public val reason: MediaCode,
    sentence: String,
    cause: Throwable? = null,
) : RuntimeException(sentence, cause) {
    internal companion object {
        fun gone(cause: Throwable? = null) =
            MediaException(MediaCode.GONE, "the file can no longer be opened; choose it again", cause)

        fun unreadable(
            what: String,
            cause: Throwable? = null,
        ) = MediaException(MediaCode.UNREADABLE, "$what cannot be decoded on this device; choose another", cause)

        fun noEncoder(cause: Throwable? = null) =
            MediaException(MediaCode.NO_ENCODER, "this device cannot encode H.264 of this size", cause)

        fun oddSize(size: Size) =
            MediaException(MediaCode.FRAMES, "H.264 needs an even width and height, not ${size.width} x ${size.height}")

        fun frameRate(fps: Double) = MediaException(MediaCode.FRAMES, "$fps is no frame rate")

        fun noFrames() = MediaException(MediaCode.FRAMES, "there are no frames to write")

        fun unwritable(
            file: File,
            cause: Throwable?,
        ) = MediaException(MediaCode.UNWRITABLE, "${file.name} cannot be written; is there space left?", cause)
    }
}
