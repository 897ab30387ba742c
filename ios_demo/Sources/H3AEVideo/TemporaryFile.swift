import Foundation

/// A file beside the place it is meant for, gone with whoever was writing it.
///
/// Moving it to its place takes it away from here.
public final class TemporaryFile: Sendable {
  public let url: URL

  /// A hidden name of the same kind, in the same folder, so that the move is one step.
  public init(beside destination: URL) {
    url = destination.deletingLastPathComponent()
      .appendingPathComponent(".\(UUID().uuidString).\(destination.pathExtension)")
  }

  deinit { remove() }

  public func remove() { try? FileManager.default.removeItem(at: url) }
}
