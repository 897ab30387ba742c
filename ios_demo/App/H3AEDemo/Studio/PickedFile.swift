import CoreTransferable
import Foundation
import UniformTypeIdentifiers

/// A copy of a photo or video that a person picked.
struct PickedFile: Transferable, Sendable {
  enum Kind: Sendable { case photo, video }

  let url: URL
  let kind: Kind

  /// Takes the copy away.
  func discard() { try? FileManager.default.removeItem(at: url) }

  static var transferRepresentation: some TransferRepresentation {
    FileRepresentation(importedContentType: .movie) { try copy(of: $0.file, as: .video) }
    FileRepresentation(importedContentType: .image) { try copy(of: $0.file, as: .photo) }
  }

  /// The system takes its own file away when the import returns.
  private static func copy(of file: URL, as kind: Kind) throws -> PickedFile {
    let place = AppFolders.temporary(file.lastPathComponent)
    try FileManager.default.copyItem(at: file, to: place)
    return PickedFile(url: place, kind: kind)
  }
}
