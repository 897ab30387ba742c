import Foundation

/// The directory of a zip file (APPNOTE 6.3.10, with its 64-bit extension), as far as archives of
/// bundles need it: stored entries alone. Nothing in it is believed: every number is checked against
/// the file before it is used.
struct ZipDirectory {
  struct Entry {
    let name: String
    let flags: UInt16
    let method: UInt16
    let crc32: UInt32
    let compressedBytes: UInt64
    let bytes: UInt64
    /// Of its local header.
    let headerOffset: UInt64
    /// Of the file that was packed, as far as Unix knows; 0 where another system packed it.
    let mode: UInt32
  }

  let entries: [Entry]

  private static let endBytes = 22
  private static let maxCommentBytes = 65_535
  private static let maxDirectoryBytes = 1 << 26

  /// - Throws: `archive.format`; `archive.size` if it lists more entries than `maxEntries`.
  init(of file: ZipFile, maxEntries: Int) throws {
    let end = try Self.findEnd(file)
    guard end.count <= UInt64(maxEntries) else {
      throw H3AEError(.archiveSize, "the archive holds \(end.count) entries")
    }
    guard end.bytes <= UInt64(Self.maxDirectoryBytes) else {
      throw Self.malformed("its directory is absurdly large")
    }
    var reader = ZipReader(try file.read(at: end.offset, count: Int(end.bytes)))
    entries = try (0..<end.count).map { _ in try Self.entry(&reader) }
  }

  static func malformed(_ reason: String) -> H3AEError {
    H3AEError(.archiveFormat, "this is no archive of a bundle: \(reason)")
  }

  private struct End {
    let count: UInt64
    let bytes: UInt64
    let offset: UInt64
  }

  /// The record at the end, which a comment may follow.
  private static func findEnd(_ file: ZipFile) throws -> End {
    let tailBytes = min(file.byteCount, UInt64(endBytes + maxCommentBytes))
    let start = file.byteCount - tailBytes
    let tail = try file.read(at: start, count: Int(tailBytes))
    guard tail.count >= endBytes else { throw malformed("it is too short") }
    for position in stride(from: tail.count - endBytes, through: 0, by: -1) {
      var reader = ZipReader(tail[position...])
      guard try reader.u32() == 0x0605_4B50 else { continue }
      try reader.skip(4)
      let onDisk = UInt64(try reader.u16())
      let count = UInt64(try reader.u16())
      let bytes = UInt64(try reader.u32())
      let offset = UInt64(try reader.u32())
      guard Int(try reader.u16()) == reader.rest, onDisk == count else { continue }
      let isLarge = count == 0xFFFF || bytes == 0xFFFF_FFFF || offset == 0xFFFF_FFFF
      return isLarge
        ? try largeEnd(file, before: start + UInt64(position))
        : End(count: count, bytes: bytes, offset: offset)
    }
    throw malformed("it does not end as one")
  }

  private static func largeEnd(_ file: ZipFile, before position: UInt64) throws -> End {
    guard position >= 20 else { throw malformed("its directory is damaged") }
    var locator = ZipReader(try file.read(at: position - 20, count: 20))
    guard try locator.u32() == 0x0706_4B50 else { throw malformed("its directory is damaged") }
    try locator.skip(4)
    var reader = ZipReader(try file.read(at: try locator.u64(), count: 56))
    guard try reader.u32() == 0x0606_4B50 else { throw malformed("its directory is damaged") }
    try reader.skip(28)
    return End(count: try reader.u64(), bytes: try reader.u64(), offset: try reader.u64())
  }

  private static func entry(_ reader: inout ZipReader) throws -> Entry {
    guard try reader.u32() == 0x0201_4B50 else { throw malformed("its directory is damaged") }
    let system = try reader.u16() >> 8
    try reader.skip(2)
    let flags = try reader.u16()
    let method = try reader.u16()
    try reader.skip(4)
    let crc32 = try reader.u32()
    var sizes = [UInt64(try reader.u32()), UInt64(try reader.u32())]
    let nameBytes = Int(try reader.u16())
    let extraBytes = Int(try reader.u16())
    let commentBytes = Int(try reader.u16())
    try reader.skip(4)
    let attributes = try reader.u32()
    var offset = UInt64(try reader.u32())
    guard let name = String(validating: try reader.take(nameBytes), as: UTF8.self) else {
      throw H3AEError(.archiveUnsafe, "the archive holds a name that is not UTF-8")
    }
    try readLarge(ZipReader(try reader.take(extraBytes)), &sizes, &offset)
    try reader.skip(commentBytes)
    return Entry(
      name: name, flags: flags, method: method, crc32: crc32, compressedBytes: sizes[0],
      bytes: sizes[1], headerOffset: offset, mode: system == 3 ? attributes >> 16 : 0)
  }

  /// Numbers beyond 32 bits, in the order: size, compressed size, offset; only those that are.
  private static func readLarge(
    _ extra: ZipReader, _ sizes: inout [UInt64], _ offset: inout UInt64
  ) throws {
    var extra = extra
    while extra.rest >= 4 {
      let tag = try extra.u16()
      let length = Int(try extra.u16())
      var field = ZipReader(try extra.take(length))
      guard tag == 1 else { continue }
      for index in [1, 0] where sizes[index] == 0xFFFF_FFFF { sizes[index] = try field.u64() }
      if offset == 0xFFFF_FFFF { offset = try field.u64() }
    }
  }
}

/// Little-endian numbers of a zip file's records.
struct ZipReader {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  var rest: Int { bytes.count }

  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, bytes.count >= count else { throw ZipDirectory.malformed("it ends early") }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }

  mutating func skip(_ count: Int) throws { _ = try take(count) }
  mutating func u16() throws -> UInt16 { UInt16(truncatingIfNeeded: try number(2)) }
  mutating func u32() throws -> UInt32 { UInt32(truncatingIfNeeded: try number(4)) }
  mutating func u64() throws -> UInt64 { try number(8) }

  private mutating func number(_ count: Int) throws -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
