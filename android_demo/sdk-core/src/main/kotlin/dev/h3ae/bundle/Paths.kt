package dev.h3ae.bundle

private const val MAX_PATH = 255

// A segment starts with neither a dot nor a dash: that excludes "..", hidden files and options, while the alphabet
// excludes backslashes, drive letters, NUL and names that differ by encoding.
private val PATH = Regex("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")

/** Whether [path] is a relative path of portable names that stays where it is. */
internal fun isSafePath(path: String): Boolean = path.length <= MAX_PATH && PATH.matches(path)
