import Foundation

/// Installs bundles from archives: resumable, verified, and never half there.
///
///     folder/NAME.h3ae               complete and verified bundles alone
///     folder/.h3ae-incoming/ID/      what is on its way, one folder for each content
///
/// A bundle is downloaded, unpacked and verified in `.h3ae-incoming` and then takes its name in one
/// move. Whatever ends an installation leaves nothing under that name but what was there before; of
/// a download that failed or was cancelled, the part that has arrived is kept and continued. An old
/// bundle that is replaced is moved aside for a moment: if the process ends in that, `recover` brings
/// it back.
public actor BundleInstaller {
  /// How far an installation is.
  public enum Progress: Sendable, Equatable {
    case downloading(bytes: Int, total: Int)
    case unpacking(bytes: Int, total: Int)
    /// Hashing what was unpacked.
    case verifying
  }

  public nonisolated let folder: URL
  private nonisolated var incoming: URL { folder.appendingPathComponent(".h3ae-incoming") }
  private var busy: Set<String> = []
  /// What the names of removed bundles begin with, which no `ID` does.
  private static let removed = "removed-"

  /// - Parameter folder: on one volume with all that is below it; it is made if it is not there. For
  ///   an app: in Application Support, excluded from backup.
  public init(folder: URL) { self.folder = folder }

  /// Installs the bundle that a source holds as an archive.
  ///
  /// - Parameters:
  ///   - replacing: whether a bundle of that name may be replaced; it stays as it is until the new
  ///     one is complete.
  ///   - progress: told often, from any thread.
  /// - Returns: the installed bundle, every hash of which has been checked.
  /// - Throws: `install.*`, `archive.*`, `bundle.exists`, or what `ModelBundle.open` throws;
  ///   `CancellationError`.
  public func install(
    from source: any ByteSource, replacing: Bool = false,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> ModelBundle {
    try recover()
    let identity = try await identity(of: source)
    guard busy.insert(identity).inserted else {
      throw H3AEError(.installBusy, "this bundle is being installed already")
    }
    defer { busy.remove(identity) }
    let workplace = incoming.appendingPathComponent(identity)
    let download = ResumableDownload(folder: workplace)
    let archive = try await download.run(source) { progress(.downloading(bytes: $0, total: $1)) }
    do {
      let bundle = try unpack(archive, in: workplace, replacing: replacing, progress)
      try? FileManager.default.removeItem(at: workplace)
      return bundle
    } catch {
      // An archive that is refused for what it is would be refused again.
      let code = (error as? H3AEError)?.code
      let keeps = code == .installStorage || code == .bundleExists || error is CancellationError
      try? FileManager.default.removeItem(
        at: keeps ? workplace.appendingPathComponent("unpacked") : workplace)
      throw error
    }
  }

  /// Installed bundles, by name.
  public func bundles() throws -> [URL] {
    try recover()
    return try names(in: folder)
      .filter { $0.hasSuffix(".h3ae") && !$0.hasPrefix(".") }
      .sorted()
      .map { folder.appendingPathComponent($0, isDirectory: true) }
  }

  /// Removes an installed bundle. It is gone in one move, whatever happens to its files then.
  ///
  /// - Parameter inUse: bundles that somebody has open, which are not removed.
  /// - Throws: `install.busy` if it is in use, `bundle.missing` if it is not installed here,
  ///   `install.storage`.
  public func remove(_ bundle: URL, inUse: [URL] = []) throws {
    try recover()
    let name = bundle.deletingPathExtension().lastPathComponent
    guard let place = place(of: bundle), FileManager.default.fileExists(atPath: place.path) else {
      throw H3AEError(
        .bundleMissing, "\(name) is not among the installed bundles",
        advice: "only bundles that were installed can be removed")
    }
    guard !inUse.contains(where: { self.place(of: $0) == place }) else {
      throw H3AEError(.installBusy, "\(name) is open", advice: "open another bundle first")
    }
    let removed = incoming.appendingPathComponent(Self.removed + UUID().uuidString)
    try storing {
      try FileManager.default.createDirectory(at: incoming, withIntermediateDirectories: true)
      try FileManager.default.moveItem(at: place, to: removed)
    }
    // What is left of it, `recover` removes.
    try? FileManager.default.removeItem(at: removed)
  }

  /// Where a bundle of this folder lies, whether it is there or not; nil for those of other folders.
  public nonisolated func place(of bundle: URL) -> URL? {
    let name = bundle.lastPathComponent
    guard name.hasSuffix(".h3ae"), !name.hasPrefix("."),
      // An app's folders are reached on two ways, /var being a link.
      bundle.deletingLastPathComponent().resolvingSymlinksInPath().path
        == folder.resolvingSymlinksInPath().path
    else { return nil }
    return folder.appendingPathComponent(name, isDirectory: true)
  }

  /// Removes what unfinished installations have left, downloads included.
  public func discardIncoming() throws {
    guard busy.isEmpty else {
      throw H3AEError(.installBusy, "a bundle is being installed")
    }
    try recover()
    guard FileManager.default.fileExists(atPath: incoming.path) else { return }
    try storing { try FileManager.default.removeItem(at: incoming) }
  }

  /// Puts bundles back that were to be replaced when the process ended, and deletes those that were
  /// replaced or removed. `install` and `bundles` do so by themselves; an app that looks into the folder by
  /// other means calls it before. One installer of a folder at a time.
  public func recover() throws {
    let files = FileManager.default
    for workplace in try names(in: incoming) {
      if workplace.hasPrefix(Self.removed) {
        try storing { try files.removeItem(at: incoming.appendingPathComponent(workplace)) }
        continue
      }
      let retired = incoming.appendingPathComponent(workplace).appendingPathComponent("retired")
      for name in try names(in: retired) {
        let place = folder.appendingPathComponent(name, isDirectory: true)
        guard !files.fileExists(atPath: place.path) else { continue }
        try storing { try files.moveItem(at: retired.appendingPathComponent(name), to: place) }
      }
      if files.fileExists(atPath: retired.path) {
        try storing { try files.removeItem(at: retired) }
      }
    }
  }

  private func names(in folder: URL) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try storing { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
  }

  private func identity(of source: any ByteSource) async throws -> String {
    let identity = try await asked { try await source.identity() }
    var hasher = SHA256Hasher()
    Array(identity.utf8).withUnsafeBytes { hasher.update($0) }
    return String(hasher.hexadecimal().prefix(16))
  }

  private func unpack(
    _ url: URL, in workplace: URL, replacing: Bool,
    _ progress: @Sendable (Progress) -> Void
  ) throws -> ModelBundle {
    let archive = try BundleArchive(contentsOf: url)
    let place = folder.appendingPathComponent(
      "\(archive.manifest.name).h3ae", isDirectory: true)
    try refuseLoss(place, replacing)
    // Of an installation that the system ended.
    let unpacked = workplace.appendingPathComponent("unpacked")
    if FileManager.default.fileExists(atPath: unpacked.path) {
      try storing { try FileManager.default.removeItem(at: unpacked) }
    }
    try archive.extract(to: unpacked) { progress(.unpacking(bytes: $0, total: $1)) }
    progress(.verifying)
    let bundle = try ModelBundle.open(at: unpacked)
    try Task.checkCancellation()
    try refuseLoss(place, replacing)
    try move(unpacked, to: place, in: workplace)
    return ModelBundle(manifest: bundle.manifest, root: place)
  }

  private func refuseLoss(_ place: URL, _ replacing: Bool) throws {
    guard !replacing, FileManager.default.fileExists(atPath: place.path) else { return }
    throw H3AEError(
      .bundleExists, "\(place.lastPathComponent) is installed already",
      advice: "replace it, or keep it")
  }

  /// Moves the new one in; where there is an old one, it is moved aside first, and back if the
  /// second move fails.
  private func move(_ new: URL, to place: URL, in workplace: URL) throws {
    try retire(place, in: workplace)
    do {
      try storing { try FileManager.default.moveItem(at: new, to: place) }
    } catch {
      try recover()
      throw error
    }
  }

  /// Moves an installed bundle aside, to where `recover` finds it under its name.
  func retire(_ place: URL, in workplace: URL) throws {
    let files = FileManager.default
    guard files.fileExists(atPath: place.path) else { return }
    let retired = workplace.appendingPathComponent("retired")
    try storing {
      try files.createDirectory(at: retired, withIntermediateDirectories: true)
      try files.moveItem(
        at: place, to: retired.appendingPathComponent(place.lastPathComponent))
    }
  }
}
