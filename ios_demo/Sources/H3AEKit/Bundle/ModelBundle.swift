import Foundation

/// A `NAME.h3ae` folder whose manifest has been read and whose files have been checked.
public struct ModelBundle: Sendable {
  public let manifest: Manifest
  public let root: URL

  /// How much of the files is checked.
  public enum Verification: Sendable {
    /// Sizes and SHA-256 hashes.
    case full
    case sizes
    /// The manifest alone is read.
    case manifestOnly
  }
}
