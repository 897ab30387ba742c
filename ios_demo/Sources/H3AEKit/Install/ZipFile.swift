import Foundation

/// Reads a zip file in place.
final class ZipFile {
  let byteCount: UInt64
  private let handle: FileHandle

  /// - Throws: `archive.format` if there is no file.
  init(_ url: URL) throws {
    do {
      guard try Integrity.kind(of: url) == .file else {
        throw ZipDirectory.malformed("it is a folder")
      }
      handle = try FileHandle(forReadingFrom: url)
      byteCount = try handle.seekToEnd()
    } catch let error as H3AEError {
      throw H3AEError(.archiveFormat, error.message)
    } catch {
      throw ZipDirectory.malformed("it cannot be read: \(error.localizedDescription)")
    }
  }

  deinit { try? handle.close() }

  /// Exactly so many bytes.
  func read(at offset: UInt64, count: Int) throws -> [UInt8] {
    guard offset <= byteCount, UInt64(count) <= byteCount - offset else {
      throw ZipDirectory.malformed("it ends early")
    }
    do {
      try handle.seek(toOffset: offset)
      let data = count == 0 ? Data() : try handle.read(upToCount: count) ?? Data()
      guard data.count == count else { throw ZipDirectory.malformed("it ends early") }
      return [UInt8](data)
    } catch let error as H3AEError {
      throw error
    } catch {
      throw ZipDirectory.malformed("it cannot be read: \(error.localizedDescription)")
    }
  }

  /// Where the bytes of a stored entry begin, all of them inside the file.
  func content(of entry: ZipDirectory.Entry) throws -> UInt64 {
    var header = ZipReader(try read(at: entry.headerOffset, count: 30))
    guard try header.u32() == 0x0403_4B50 else {
      throw ZipDirectory.malformed("'\(entry.name)' does not lie where it says")
    }
    try header.skip(22)
    let nameBytes = Int(try header.u16())
    let extraBytes = UInt64(try header.u16())
    let name = try read(at: entry.headerOffset + 30, count: nameBytes)
    guard name.elementsEqual(entry.name.utf8) else {
      throw ZipDirectory.malformed("'\(entry.name)' is called otherwise inside")
    }
    let start = entry.headerOffset + 30 + UInt64(nameBytes) + extraBytes
    guard start <= byteCount, entry.bytes <= byteCount - start else {
      throw ZipDirectory.malformed("'\(entry.name)' ends beyond the file")
    }
    return start
  }
}

/// The checksum of zip files (ISO 3309).
enum CRC32 {
  static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8
    }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
}
