import Foundation

/// `NAME.h3ae.zip`: a bundle as one file for a download (`docs/bundle.md`, "Archives").
///
/// The whole directory is judged before a byte is written, and without compression an archive cannot
/// hold more bytes than it has.
struct BundleArchive {
  static let maxBytes: UInt64 = 16 << 30
  private static let maxEntries = 10_000
  private static let pieceBytes = 1 << 20
  private static let stored: UInt16 = 0
  private static let encrypted: UInt16 = 1

  let manifest: Manifest
  private let file: ZipFile
  /// By their names below the one folder that holds them all.
  private let entries: [String: ZipDirectory.Entry]

  /// Judges an archive.
  ///
  /// - Throws: `archive.*`, or what `Manifest.init(parsing:)` throws.
  init(contentsOf url: URL, maxBytes: UInt64 = Self.maxBytes) throws {
    file = try ZipFile(url)
    let all = try ZipDirectory(of: file, maxEntries: Self.maxEntries).entries
    for entry in all { try Self.refuseUnsafe(entry) }
    let total = all.reduce(0.0) { $0 + Double($1.bytes) }
    guard total <= Double(min(file.byteCount, maxBytes)) else {
      throw H3AEError(.archiveSize, "the archive claims to hold \(total) bytes")
    }
    entries = try Self.belowTop(all)
    manifest = try Self.manifest(file, entries)
    try refuseStrangers()
  }

  /// Writes every file below `folder`, which must be new.
  func extract(to folder: URL, progress: (Int, Int) -> Void) throws {
    let total = entries.values.reduce(0) { $0 + Int($1.bytes) }
    var done = 0
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let target = folder.appendingPathComponent(name)
      let start = try file.content(of: entry)
      let handle = try storing { () throws -> FileHandle in
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: target, options: .withoutOverwriting)
        return try FileHandle(forWritingTo: target)
      }
      defer { try? handle.close() }
      var offset: UInt64 = 0
      while offset < entry.bytes {
        try Task.checkCancellation()
        let count = min(UInt64(Self.pieceBytes), entry.bytes - offset)
        let piece = try file.read(at: start + offset, count: Int(count))
        try storing { try handle.write(contentsOf: piece) }
        offset += count
        done += Int(count)
        progress(done, total)
      }
    }
  }

  // MARK: The judgement

  private static func refuseUnsafe(_ entry: ZipDirectory.Entry) throws {
    let kind = entry.mode & 0o170000
    guard isSafePath(entry.name), kind == 0 || kind == 0o100000 else {
      throw H3AEError(.archiveUnsafe, "the archive holds '\(entry.name)'")
    }
    guard entry.method == stored, entry.compressedBytes == entry.bytes,
      entry.flags & encrypted == 0
    else {
      throw H3AEError(
        .archiveUnsafe,
        "\(entry.name) is compressed or encrypted, which nothing in a bundle's archive is")
    }
  }

  private static func belowTop(
    _ entries: [ZipDirectory.Entry]
  ) throws -> [String: ZipDirectory.Entry] {
    if let repeated = firstRepeated(entries.map { $0.name.lowercased() }) {
      throw H3AEError(.archiveUnsafe, "the archive holds '\(repeated)' twice")
    }
    var tops: Set<Substring> = []
    var result: [String: ZipDirectory.Entry] = [:]
    for entry in entries {
      guard let slash = entry.name.firstIndex(of: "/") else {
        throw H3AEError(.archiveUnsafe, "the archive does not hold exactly one folder")
      }
      tops.insert(entry.name[..<slash])
      result[String(entry.name[entry.name.index(after: slash)...])] = entry
    }
    guard tops.count == 1 else {
      throw H3AEError(.archiveUnsafe, "the archive does not hold exactly one folder")
    }
    return result
  }

  /// Every other file has a hash in the manifest; the manifest itself has this checksum alone.
  private static func manifest(
    _ file: ZipFile, _ entries: [String: ZipDirectory.Entry]
  ) throws -> Manifest {
    guard let entry = entries[Manifest.fileName] else {
      throw H3AEError(.manifestMissing, "the archive holds no \(Manifest.fileName)")
    }
    let limit = UInt64(Manifest.document.maxBytes) + 1
    let start = try file.content(of: entry)
    let bytes = try file.read(at: start, count: Int(min(entry.bytes, limit)))
    guard entry.bytes >= limit || CRC32.of(bytes) == entry.crc32 else {
      throw ZipDirectory.malformed("its manifest is damaged")
    }
    return try Manifest(parsing: bytes)
  }

  /// Nothing but what the manifest lists, and nothing inside another file.
  private func refuseStrangers() throws {
    let listed = Set(
      [Manifest.fileName] + manifest.artifacts.map(\.file) + manifest.goldenFiles.map(\.file))
    for name in entries.keys.sorted() {
      let segments = name.split(separator: "/")
      let parents = (1..<max(1, segments.count)).map { segments[..<$0].joined(separator: "/") }
      guard listed.contains(name) || parents.contains(where: listed.contains) else {
        throw H3AEError(.archiveUnsafe, "the manifest does not list '\(name)'")
      }
      guard !parents.contains(where: { entries[$0] != nil }) else {
        throw H3AEError(.archiveUnsafe, "'\(name)' lies inside another file")
      }
    }
  }
}
