import CoreTransferable
import Foundation
import H3AEVideo
import UniformTypeIdentifiers

/// A copy of a photo or video that a person picked, gone with whoever holds it.
struct PickedFile: Transferable, Sendable {
  enum Kind: Sendable { case photo, video }

  let file: TemporaryFile
  let kind: Kind

  static var transferRepresentation: some TransferRepresentation {
    FileRepresentation(importedContentType: .movie) { try copy(of: $0.file, as: .video) }
    FileRepresentation(importedContentType: .image) { try copy(of: $0.file, as: .photo) }
  }

  /// The system takes its own file away when the import returns.
  private static func copy(of file: URL, as kind: Kind) throws -> PickedFile {
    let copy = TemporaryFile(named: file.lastPathComponent)
    try FileManager.default.copyItem(at: file, to: copy.url)
    return PickedFile(file: copy, kind: kind)
  }
}
