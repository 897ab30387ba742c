import Foundation

/// Sizes and hashes of files and folders, links refused.
///
/// The hash of a folder is that of the listing of its files, sorted by path in byte order, each line
/// `<64 hex digits>  <path>\n` (`docs/bundle.md`, "The hash of a folder").
enum Integrity {
  private static let chunkBytes = 1 << 20
  private static let maxFiles = 10_000

  enum Kind { case file, folder }

  /// Hash of a file, or of a folder's listing.
  static func sha256(of url: URL) throws -> String {
    guard try kind(of: url) == .folder else { return try sha256(ofFile: url) }
    var listing = SHA256Hasher()
    for (name, file) in try files(in: url).sorted(by: inByteOrder) {
      try Task.checkCancellation()
      let line = "\(try sha256(ofFile: file))  \(name)\n"
      Array(line.utf8).withUnsafeBytes { listing.update($0) }
    }
    return listing.hexadecimal()
  }

  /// Size of a file, or of all files of a folder.
  static func bytes(of url: URL) throws -> Int {
    guard try kind(of: url) == .folder else { return try fileBytes(url) }
    return try files(in: url).values.reduce(0) { try $0 + fileBytes($1) }
  }

  /// What lies there; a symbolic link may lead anywhere and is refused.
  static func kind(of url: URL) throws -> Kind {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    switch attributes[.type] as? FileAttributeType {
    case .typeRegular: return .file
    case .typeDirectory: return .folder
    case .typeSymbolicLink:
      throw H3AEError(.pathSymlink, "\(url.lastPathComponent) is a symbolic link")
    default:
      throw H3AEError(.pathSymlink, "\(url.lastPathComponent) is neither file nor folder")
    }
  }

  /// The place of a bundle's file, with no link on the way.
  ///
  /// - Throws: `missing` if there is nothing of that name.
  static func locate(_ file: String, in root: URL, missing: H3AEError.Code) throws -> URL {
    var url = root
    for segment in file.split(separator: "/") {
      url = url.appendingPathComponent(String(segment))
      do {
        _ = try kind(of: url)
      } catch let error as H3AEError {
        throw error
      } catch {
        throw H3AEError(
          missing, "\(file) is missing",
          advice: "the bundle was not copied or unpacked in full")
      }
    }
    return url
  }

  /// The files below a folder by their relative paths.
  static func files(in folder: URL) throws -> [String: URL] {
    var files: [String: URL] = [:]
    var pending: [(prefix: String, url: URL)] = [("", folder)]
    while let (prefix, current) = pending.popLast() {
      for entry in try FileManager.default.contentsOfDirectory(atPath: current.path) {
        let name = prefix + entry
        guard isSafePath(name) else {
          throw H3AEError(
            .pathEscape, "\(folder.lastPathComponent) holds '\(name)', which is no portable name")
        }
        let url = current.appendingPathComponent(entry)
        switch try kind(of: url) {
        case .folder: pending.append(("\(name)/", url))
        case .file: files[name] = url
        }
        guard files.count <= maxFiles else {
          throw H3AEError(
            .pathEscape, "\(folder.lastPathComponent) holds more than \(maxFiles) files")
        }
      }
    }
    return files
  }

  static func sha256(ofFile url: URL) throws -> String {
    let handle = try FileHandle(forReadingFrom: url)
    defer { try? handle.close() }
    var hasher = SHA256Hasher()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)
    defer { buffer.deallocate() }
    // Not FileHandle.read: its Data would pile up until an autorelease pool drains.
    while true {
      let count = read(handle.fileDescriptor, buffer.baseAddress, buffer.count)
      guard count >= 0 else { throw CocoaError(.fileReadUnknown) }
      guard count > 0 else { return hasher.hexadecimal() }
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private static func fileBytes(_ url: URL) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    guard let size = attributes[.size] as? NSNumber else { throw CocoaError(.fileReadUnknown) }
    return size.intValue
  }

  private static func inByteOrder(
    _ one: (key: String, value: URL), _ other: (key: String, value: URL)
  )
    -> Bool
  {
    one.key.utf8.lexicographicallyPrecedes(other.key.utf8)
  }
}
