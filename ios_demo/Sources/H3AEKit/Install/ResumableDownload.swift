import Foundation

/// Brings a source to a file, and goes on where an earlier try ended.
///
/// A try that fails or is cancelled keeps what has arrived. The folder belongs to one content, by
/// `ByteSource.identity`, so that nothing is continued with another.
struct ResumableDownload {
  let folder: URL

  private var part: URL { folder.appendingPathComponent("archive.part") }

  /// - Returns: the whole file.
  /// - Throws: `install.source` if the source fails, `install.storage` if the disk does;
  ///   `CancellationError`.
  func run(_ source: any ByteSource, progress: (Int, Int) -> Void) async throws -> URL {
    let total = try await asked { try await source.byteCount() }
    try begin()
    var arrived = try size(of: part)
    if arrived > total {
      try storing { try Data().write(to: part) }
      arrived = 0
    }
    progress(arrived, total)
    guard arrived < total else { return part }
    try checkSpace(for: total - arrived)
    let handle = try storing { try FileHandle(forWritingTo: part) }
    defer { try? handle.close() }
    try storing { _ = try handle.seekToEnd() }
    do {
      try await source.read(from: arrived) { piece in
        try Task.checkCancellation()
        guard arrived + piece.count <= total else {
          throw H3AEError(.installSource, "the source gave more than the \(total) bytes it states")
        }
        try storing { try handle.write(contentsOf: piece) }
        arrived += piece.count
        progress(arrived, total)
      }
    } catch let error where error is H3AEError || error is CancellationError {
      throw error
    } catch {
      throw interrupted(arrived, total, error.localizedDescription)
    }
    guard arrived == total else { throw interrupted(arrived, total, "the source ended early") }
    try storing { try handle.synchronize() }
    return part
  }

  private func begin() throws {
    try storing {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      if !FileManager.default.fileExists(atPath: part.path) { try Data().write(to: part) }
    }
  }

  private func size(of url: URL) throws -> Int {
    let attributes = try storing {
      try FileManager.default.attributesOfItem(atPath: url.path)
    }
    return (attributes[.size] as? NSNumber)?.intValue ?? 0
  }

  /// The archive, and then its contents beside it.
  private func checkSpace(for missing: Int) throws {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue else { return }
    let (needed, overflows) = missing.multipliedReportingOverflow(by: 2)
    guard !overflows, needed <= free else {
      throw H3AEError(
        .installStorage,
        "the bundle needs twice \(missing >> 20) MiB for a while, \(free >> 20) MiB are free",
        advice: "free some space and try again; what has arrived is kept")
    }
  }

  private func interrupted(_ arrived: Int, _ total: Int, _ reason: String) -> H3AEError {
    H3AEError(
      .installSource, "the download stopped at \(arrived) of \(total) bytes: \(reason)",
      advice: "try again; it goes on from there")
  }
}

/// Errors of a source as those of an installation.
func asked<Result>(_ question: () async throws -> Result) async throws -> Result {
  do {
    return try await question()
  } catch let error where error is H3AEError || error is CancellationError {
    throw error
  } catch {
    throw H3AEError(
      .installSource, "the archive cannot be reached: \(error.localizedDescription)",
      advice: "try again")
  }
}

/// Errors of the file system as those of an installation.
func storing<Result>(_ work: () throws -> Result) throws -> Result {
  do {
    return try work()
  } catch let error where error is H3AEError || error is CancellationError {
    throw error
  } catch {
    throw H3AEError(
      .installStorage, "cannot write the bundle: \(error.localizedDescription)",
      advice: "check that there is space")
  }
}
