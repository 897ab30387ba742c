import Foundation
import H3AEKit

/// Frames as portable pixmaps, which every viewer and ffmpeg read: `frame-0000.ppm`, ...
struct PictureFolder {
  private let folder: URL

  init(_ folder: URL) { self.folder = folder }

  /// The folder appears when all frames are in it.
  func write(_ frames: FrameSequence) async throws -> String {
    let files = FileManager.default
    guard !files.fileExists(atPath: folder.path) else {
      throw H3AEError(
        .installStorage, "\(folder.lastPathComponent) exists already",
        advice: "remove it or choose another --out")
    }
    let temporary = folder.deletingLastPathComponent()
      .appendingPathComponent(".\(folder.lastPathComponent).\(UUID().uuidString)")
    do {
      try files.createDirectory(at: temporary, withIntermediateDirectories: true)
      for try await frame in frames { try write(frame, in: temporary) }
      try files.moveItem(at: temporary, to: folder)
    } catch {
      try? files.removeItem(at: temporary)
      throw error
    }
    return folder.path
  }

  private func write(_ frame: Frame, in folder: URL) throws {
    var picture = Data("P6\n\(frame.width) \(frame.height)\n255\n".utf8)
    picture.append(contentsOf: try frame.pixels(.rgb))
    let number = String(frame.index)
    let name = "frame-" + String(repeating: "0", count: max(0, 4 - number.count)) + number
    try picture.write(to: folder.appendingPathComponent("\(name).ppm"))
  }
}
