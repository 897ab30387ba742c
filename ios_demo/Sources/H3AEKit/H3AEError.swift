import Foundation

/// Everything that goes wrong, told in one sentence for a person and one code for a program.
///
/// Cancellation is not a failure: a cancelled decode throws `CancellationError`.
public struct H3AEError: Error, Equatable, Sendable {
  /// Stable, for programs. Those of bundles and reports are equal in Python, Swift and Kotlin.
  public enum Code: String, Sendable, CaseIterable {
    case bundleMissing = "bundle.missing"
    case bundleNotADirectory = "bundle.not_a_directory"
    case bundleExists = "bundle.exists"

    case manifestMissing = "manifest.missing"
    case manifestSize = "manifest.size"
    case manifestEncoding = "manifest.encoding"
    case manifestJSON = "manifest.json"
    case manifestVersion = "manifest.version"
    case manifestSchema = "manifest.schema"
    case manifestReference = "manifest.reference"
    case manifestShape = "manifest.shape"
    case manifestFrames = "manifest.frames"
    case manifestParity = "manifest.parity"

    case pathEscape = "path.escape"
    case pathDuplicate = "path.duplicate"
    case pathSymlink = "path.symlink"

    case artifactUnknown = "artifact.unknown"
    case artifactMissing = "artifact.missing"
    case artifactSize = "artifact.size"
    case artifactHash = "artifact.hash"

    case goldenMissing = "golden.missing"
    case goldenSize = "golden.size"
    case goldenHash = "golden.hash"
    case goldenFormat = "golden.format"

    case archiveFormat = "archive.format"
    case archiveUnsafe = "archive.unsafe"
    case archiveSize = "archive.size"

    case reportMissing = "report.missing"
    case reportSize = "report.size"
    case reportEncoding = "report.encoding"
    case reportJSON = "report.json"
    case reportVersion = "report.version"
    case reportSchema = "report.schema"
    case reportConsistency = "report.consistency"

    /// Tensors that do not fit what they are for.
    case tensorShape = "tensor.shape"
    /// A safetensors file that is none.
    case tensorFormat = "tensor.format"
    /// The bundle cannot do what is asked of it.
    case decodeUnsupported = "decode.unsupported"
    /// The decoder is in use, or closed.
    case decodeState = "decode.state"
    /// Nothing here runs the bundle's artifacts.
    case engineUnavailable = "engine.unavailable"
    /// The runtime refuses a file.
    case engineLoad = "engine.load"
    /// The runtime fails while it computes.
    case engineRun = "engine.run"
    /// What it computes are no finite numbers, or not those of the golden vectors.
    case engineOutput = "engine.output"
    /// The decode does not fit into the memory that is left.
    case memoryInsufficient = "memory.insufficient"
    /// A download failed; what has arrived is kept, to go on from there.
    case installSource = "install.source"
    /// The disk is full, or may not be written.
    case installStorage = "install.storage"
    /// Another installation of the same bundle is going on.
    case installBusy = "install.busy"
  }

  public let code: Code
  /// What is wrong, in one line that names the field, file or tensor at fault.
  public let message: String
  /// What to do about it, where there is a way out.
  public let advice: String?

  public init(_ code: Code, _ message: String, advice: String? = nil) {
    self.code = code
    self.message = Self.printable(message)
    self.advice = advice
  }

  /// One bounded line: a hostile file must not write into somebody's terminal or alert.
  static func printable(_ text: String, limit: Int = 300) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit + 1) {
      let isControl = scalar.properties.generalCategory.isInvisible
      line.append(isControl ? " " : scalar)
    }
    guard line.count > limit else { return String(line) }
    return String(String.UnicodeScalarView(line.prefix(limit - 3))) + "..."
  }
}

extension H3AEError: LocalizedError, CustomStringConvertible {
  public var errorDescription: String? { message }
  public var recoverySuggestion: String? { advice }
  public var description: String {
    advice.map { "\(message); \($0) [\(code.rawValue)]" } ?? "\(message) [\(code.rawValue)]"
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isInvisible: Bool {
    switch self {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      true
    default: false
    }
  }
}
