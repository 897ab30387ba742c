package dev.h3ae

/**
 * Whatever goes wrong in this SDK: a [code] for programs, one sentence for people, and a way out where there is one.
 *
 * @property code stable; those of bundles and reports are equal in Python, Swift and Kotlin.
 * @property sentence what is wrong, one line, naming the field or file at fault.
 * @property wayOut what to do about it.
 */
public sealed class H3aeException(
    public val code: String,
    public val sentence: String,
    public val wayOut: String?,
    cause: Throwable?,
) : RuntimeException(if (wayOut == null) sentence else "$sentence; $wayOut", cause)

/** A bundle that cannot be trusted. */
public class BundleException(
    public val reason: BundleCode,
    sentence: String,
    wayOut: String? = null,
    cause: Throwable? = null,
) : H3aeException(reason.text, printable(sentence), wayOut, cause)

/** A profile report that cannot be believed. */
public class ReportException(
    public val reason: ReportCode,
    sentence: String,
    wayOut: String? = null,
    cause: Throwable? = null,
) : H3aeException(reason.text, printable(sentence), wayOut, cause)

/** A decode that cannot begin or go on. */
public class DecodeException(
    public val reason: DecodeCode,
    sentence: String,
    wayOut: String? = null,
    cause: Throwable? = null,
) : H3aeException(reason.text, printable(sentence), wayOut, cause)

/** A bundle that could not be fetched or put in its place; what had been fetched is kept for the next try. */
public class InstallException(
    public val reason: InstallCode,
    sentence: String,
    wayOut: String? = null,
    cause: Throwable? = null,
) : H3aeException(reason.text, printable(sentence), wayOut, cause)

private const val MAX_LINE = 300

/** One bounded line: a hostile file must not write to somebody's terminal or log. */
internal fun printable(text: String): String {
    val clean = buildString { text.forEach { append(if (it.isISOControl() || it.category in INVISIBLE) ' ' else it) } }
    return if (clean.length <= MAX_LINE) clean else clean.take(MAX_LINE - 3) + "..."
}

private val INVISIBLE =
    setOf(CharCategory.FORMAT, CharCategory.LINE_SEPARATOR, CharCategory.PARAGRAPH_SEPARATOR, CharCategory.UNASSIGNED)
