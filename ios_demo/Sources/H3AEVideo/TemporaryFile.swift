import Foundation

/// A file on its way to a place, gone with whoever holds it.
///
/// Moving it to its place takes it away from here.
public final class TemporaryFile: Sendable {
  public let url: URL

  /// A hidden name of the same kind, in the same folder, so that the move is one step.
  public init(beside destination: URL) {
    url = destination.deletingLastPathComponent()
      .appendingPathComponent(".\(UUID().uuidString).\(destination.pathExtension)")
  }

  /// A file in the system's temporary folder, whose name ends in this one.
  public init(named name: String) {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString)-\(name)")
  }

  deinit { remove() }

  public func remove() { try? FileManager.default.removeItem(at: url) }
}
