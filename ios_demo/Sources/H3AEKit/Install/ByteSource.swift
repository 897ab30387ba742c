import Foundation

/// Where an archive comes from: a download, a file of another app, a test.
public protocol ByteSource: Sendable {
  /// Tells this content from any other, for instance a download's address with its `ETag`: what has
  /// arrived of one content is never continued with another.
  func identity() async throws -> String

  /// Size of the whole content.
  func byteCount() async throws -> Int

  /// Reads from `offset` to the end. `receive` is called with one piece after the other and may
  /// throw, which ends the reading.
  func read(from offset: Int, _ receive: (Data) async throws -> Void) async throws
}

/// An archive on this device.
public struct FileByteSource: ByteSource {
  private static let pieceBytes = 1 << 20

  private let url: URL

  public init(_ url: URL) { self.url = url }

  public func identity() throws -> String {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    let changed = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(url.path) \(try byteCount()) \(changed)"
  }

  public func byteCount() throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes[.size] as? NSNumber)?.intValue ?? 0
  }

  public func read(from offset: Int, _ receive: (Data) async throws -> Void) async throws {
    let handle = try FileHandle(forReadingFrom: url)
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(offset))
    while let piece = try handle.read(upToCount: Self.pieceBytes), !piece.isEmpty {
      try await receive(piece)
    }
  }
}
