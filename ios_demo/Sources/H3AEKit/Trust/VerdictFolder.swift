import Foundation

/// Verdicts that outlive the process: each a small file of its own, found again by its key.
///
/// A key names everything that the verdict depends on, so nothing ever has to be declared outdated.
/// Nothing here throws: a verdict that cannot be kept or read is found anew.
public struct VerdictFolder: Sendable {
  public let folder: URL

  /// - Parameter folder: made when the first verdict is kept, and left out of backups: what holds on
  ///   one device says nothing of the next.
  public init(_ folder: URL) { self.folder = folder }

  /// What was kept under a key.
  public func verdict<Verdict: Codable>(_: Verdict.Type, for key: [String]) -> Verdict? {
    guard let data = try? Data(contentsOf: place(of: key)),
      let kept = try? JSONDecoder().decode(Kept<Verdict>.self, from: data), kept.key == key
    else { return nil }
    return kept.verdict
  }

  public func keep(_ verdict: some Codable, for key: [String]) {
    var folder = folder
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    try? folder.setResourceValues(values)
    guard let data = try? JSONEncoder().encode(Kept(key: key, verdict: verdict)) else { return }
    try? data.write(to: place(of: key), options: .atomic)
  }

  /// Forgets everything.
  public func clear() { try? FileManager.default.removeItem(at: folder) }

  /// The key is in the file as well, for people, and since names of files are but hashes.
  private struct Kept<Verdict: Codable>: Codable {
    let key: [String]
    let verdict: Verdict
  }

  private func place(of key: [String]) -> URL {
    var hasher = SHA256Hasher()
    Array(key.joined(separator: "\n").utf8).withUnsafeBytes { hasher.update($0) }
    return folder.appendingPathComponent("\(hasher.hexadecimal().prefix(32)).json")
  }
}
