package dev.h3ae

/** What may be wrong with a bundle; `docs/bundle.md` explains each. */
public enum class BundleCode(
    public val text: String,
) {
    BUNDLE_MISSING("bundle.missing"),
    BUNDLE_NOT_A_DIRECTORY("bundle.not_a_directory"),
    BUNDLE_EXISTS("bundle.exists"),
    MANIFEST_MISSING("manifest.missing"),
    MANIFEST_SIZE("manifest.size"),
    MANIFEST_ENCODING("manifest.encoding"),
    MANIFEST_JSON("manifest.json"),
    MANIFEST_VERSION("manifest.version"),
    MANIFEST_SCHEMA("manifest.schema"),
    MANIFEST_REFERENCE("manifest.reference"),
    MANIFEST_SHAPE("manifest.shape"),
    MANIFEST_FRAMES("manifest.frames"),
    MANIFEST_PARITY("manifest.parity"),
    PATH_ESCAPE("path.escape"),
    PATH_DUPLICATE("path.duplicate"),
    PATH_SYMLINK("path.symlink"),
    ARTIFACT_UNKNOWN("artifact.unknown"),
    ARTIFACT_MISSING("artifact.missing"),
    ARTIFACT_SIZE("artifact.size"),
    ARTIFACT_HASH("artifact.hash"),
    GOLDEN_MISSING("golden.missing"),
    GOLDEN_SIZE("golden.size"),
    GOLDEN_HASH("golden.hash"),
    GOLDEN_FORMAT("golden.format"),
    ARCHIVE_FORMAT("archive.format"),
    ARCHIVE_UNSAFE("archive.unsafe"),
    ARCHIVE_SIZE("archive.size"),
}

/** What may be wrong with a report; `docs/profiling.md` explains each. */
public enum class ReportCode(
    public val text: String,
) {
    MISSING("report.missing"),
    SIZE("report.size"),
    ENCODING("report.encoding"),
    JSON("report.json"),
    VERSION("report.version"),
    SCHEMA("report.schema"),
    CONSISTENCY("report.consistency"),
}

/** Why a decode cannot begin or go on. */
public enum class DecodeCode(
    public val text: String,
) {
    /** Tensors that do not fit the bundle. */
    INPUT("decode.input"),

    /** The bundle cannot do what is asked. */
    UNSUPPORTED("decode.unsupported"),

    /** No engine here runs the bundle, or none runs it right. */
    NO_BACKEND("decode.no_backend"),

    /** More memory is needed than there is. */
    MEMORY("decode.memory"),

    /** A graph gave NaN or infinity. */
    NOT_FINITE("decode.not_finite"),

    /** The runtime refuses a file or a call. */
    ENGINE("decode.engine"),

    /** The decoder was closed. */
    CLOSED("decode.closed"),
}

/** Why a bundle could not be installed. */
public enum class InstallCode(
    public val text: String,
) {
    /** The source ended early, or could not be read. */
    SOURCE("install.source"),

    /** The source became another one between two tries. */
    CHANGED("install.changed"),

    /** The disk has too little room. */
    SPACE("install.space"),
}
