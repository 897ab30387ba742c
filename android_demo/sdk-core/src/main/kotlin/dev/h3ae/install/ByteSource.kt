package dev.h3ae.install

import java.io.IOException
import java.io.InputStream

/** Where an archive comes from: a server, an asset, a file. */
public interface ByteSource {
    /**
     * What tells this content from any other of the same place, for instance a URL with its entity tag, or an asset's
     * name with the app's version. A partial download goes on only if it is unchanged.
     */
    public val identity: String

    /** Bytes in all. */
    public val size: Long

    /**
     * Opens the bytes from [offset] on; called off the main thread.
     *
     * @throws IOException if there is no way to them now.
     */
    public fun open(offset: Long): InputStream
}
