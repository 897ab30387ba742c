import Foundation

@testable import H3AEKit

/// Writes zip files, hostile ones included.
struct ZipWriter {
  private struct Entry {
    var name: String
    let content: [UInt8]
    let method: UInt16
    let flags: UInt16
    let mode: UInt32
    let bytes: Int
    /// Shows the content of the entry before it.
    let isRepeated: Bool
  }

  private var entries: [Entry] = []

  /// The shared archive, entry by entry.
  static func tiny() throws -> ZipWriter {
    let file = try ZipFile(Repository.tinyArchive)
    var writer = ZipWriter()
    for entry in try ZipDirectory(of: file, maxEntries: 100).entries {
      let start = try file.content(of: entry)
      writer.add(entry.name, try file.read(at: start, count: Int(entry.bytes)))
    }
    return writer
  }

  mutating func add(
    _ name: String, _ content: [UInt8], mode: UInt32 = 0o100644, method: UInt16 = 0,
    flags: UInt16 = 0, bytes: Int? = nil
  ) {
    entries.append(
      Entry(
        name: name, content: content, method: method, flags: flags, mode: mode,
        bytes: bytes ?? content.count, isRepeated: false))
  }

  mutating func repeatLast(as name: String) {
    guard let last = entries.last else { return }
    entries.append(
      Entry(
        name: name, content: last.content, method: last.method, flags: last.flags, mode: last.mode,
        bytes: last.bytes, isRepeated: true))
  }

  /// nil drops the entry.
  mutating func replace(_ name: String, _ content: [UInt8]?) {
    entries.removeAll { $0.name == name }
    if let content { add(name, content) }
  }

  mutating func rename(from old: String, to new: String) {
    for index in entries.indices where entries[index].name.hasPrefix(old) {
      entries[index].name = new + entries[index].name.dropFirst(old.count)
    }
  }

  func source(in scratch: Scratch) throws -> FileByteSource {
    let url = scratch.url.appendingPathComponent("hostile.zip")
    try Data(encoded()).write(to: url)
    return FileByteSource(url)
  }

  private func encoded() -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    var offset = 0
    for entry in entries {
      let common = shared(entry)
      if !entry.isRepeated {
        offset = file.count
        file += little(0x0403_4B50, 4) + little(20, 2) + common
        file += little(entry.name.utf8.count, 2) + little(0, 2) + entry.name.utf8 + entry.content
      }
      directory += little(0x0201_4B50, 4) + little(3 << 8 | 20, 2) + little(20, 2) + common
      directory += little(entry.name.utf8.count, 2) + little(0, 2) + little(0, 2)
      directory += little(0, 2) + little(0, 2) + little(Int(entry.mode) << 16, 4)
      directory += little(offset, 4) + entry.name.utf8
    }
    let start = file.count
    file += directory + little(0x0605_4B50, 4) + little(0, 2) + little(0, 2)
    file += little(entries.count, 2) + little(entries.count, 2)
    return file + little(directory.count, 4) + little(start, 4) + little(0, 2)
  }

  /// What local header and directory have in common.
  private func shared(_ entry: Entry) -> [UInt8] {
    little(Int(entry.flags), 2) + little(Int(entry.method), 2) + little(0, 2) + little(33, 2)
      + little(Int(CRC32.of(entry.content)), 4) + little(entry.content.count, 4)
      + little(entry.bytes, 4)
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
