import Foundation
import H3AEKit

/// Compiled models (`.mlmodelc`), one for each package, kept between launches.
///
/// Core ML compiles a package in a temporary folder; this store moves the result into Application
/// Support, under the SHA-256 that the manifest states, so that a package is compiled once on a
/// device and a new version of a bundle never meets an old compilation. Half a compilation is
/// never seen: it gets its name in one move.
public actor CompiledModelStore {
  /// Turns a package into a compiled model in a place of its own.
  public typealias Compile = @Sendable (URL) async throws -> URL

  public nonisolated let folder: URL
  private let compile: Compile
  private var running: [String: Task<URL, any Error>] = [:]

  /// - Parameters:
  ///   - folder: Where compiled models are kept; made when the first one is.
  ///   - compile: `MLModel.compileModel(at:)`.
  public init(folder: URL, compile: @escaping Compile) {
    self.folder = folder
    self.compile = compile
  }

  /// Returns the compiled form of a package, compiling it if it is not there yet.
  ///
  /// Callers who ask for the same package at the same time share one compilation.
  ///
  /// - Parameters:
  ///   - package: An `.mlpackage`; an `.mlmodelc` is returned as it is.
  ///   - sha256: Of the package.
  /// - Throws: `engine.load` if Core ML refuses the package, `install.storage` if it cannot be kept.
  public func compiled(_ package: URL, sha256: String) async throws -> URL {
    guard package.pathExtension != "mlmodelc" else { return package }
    let place = place(for: sha256)
    if FileManager.default.fileExists(atPath: place.path) { return place }
    if let task = running[sha256] { return try await task.value }
    let task = Task { [compile] in
      try await Self.make(package, at: place, compile: compile)
    }
    running[sha256] = task
    let result = await task.result
    running[sha256] = nil
    return try result.get()
  }

  /// Loads a package's compiled form. Systems refuse what an older release has compiled: such a
  /// one that does not load is compiled anew, once, and any other failure is told.
  ///
  /// - Parameter system: The release.
  /// - Throws: what `load` throws, and as above.
  public func load<Result: Sendable>(
    _ package: URL, sha256: String, system: String,
    with load: @Sendable (URL) async throws -> Result
  ) async throws -> Result {
    let isOld = contains(sha256: sha256) && !isPrepared(sha256: sha256, for: system)
    do {
      let place = try await compiled(package, sha256: sha256)
      if !isOld { markPrepared(sha256: sha256, for: system) }
      let result = try await load(place)
      markPrepared(sha256: sha256, for: system)
      return result
    } catch {
      guard isOld, !(error is CancellationError) else { throw error }
      remove(sha256: sha256)
      let place = try await compiled(package, sha256: sha256)
      markPrepared(sha256: sha256, for: system)
      return try await load(place)
    }
  }

  /// Whether a package need not be compiled any more.
  public func contains(sha256: String) -> Bool {
    FileManager.default.fileExists(atPath: place(for: sha256).path)
  }

  /// Whether the system has compiled a model for some processors before, so that loading it there
  /// is quick.
  ///
  /// - Parameter purpose: What was loaded: function, units, and the system's release, since updates
  ///   drop what the system keeps.
  public func isPrepared(sha256: String, for purpose: String) -> Bool {
    FileManager.default.fileExists(atPath: mark(sha256, purpose).path)
  }

  /// Remembers that a model was loaded. A mark that cannot be written costs one more load.
  public func markPrepared(sha256: String, for purpose: String) {
    _ = FileManager.default.createFile(atPath: mark(sha256, purpose).path, contents: nil)
  }

  /// Forgets a compilation, for instance one that the system refuses after an update.
  public func remove(sha256: String) {
    for name in names where Self.sha256(of: name) == sha256 {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// Forgets all compilations but those of these packages: those of bundles that are gone.
  public func removeAll(except kept: Set<String>) {
    for name in names where !kept.contains(Self.sha256(of: name)) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// Names begin with the hash: `<sha256>.mlmodelc`, `<sha256>.<purpose>.prepared`.
  private static func sha256(of name: String) -> String { String(name.prefix { $0 != "." }) }

  private func mark(_ sha256: String, _ purpose: String) -> URL {
    folder.appendingPathComponent("\(sha256).\(purpose).prepared")
  }

  private func place(for sha256: String) -> URL {
    folder.appendingPathComponent("\(sha256).mlmodelc", isDirectory: true)
  }

  private static func make(_ package: URL, at place: URL, compile: Compile) async throws -> URL {
    let made: URL
    do {
      made = try await compile(package)
    } catch {
      throw H3AEError(
        .engineLoad,
        "Core ML cannot compile \(package.lastPathComponent): \(error.localizedDescription)")
    }
    do {
      var folder = place.deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      // It can be made again: nothing to fill somebody's backup with.
      var values = URLResourceValues()
      values.isExcludedFromBackup = true
      try? folder.setResourceValues(values)
      try FileManager.default.moveItem(at: made, to: place)
    } catch {
      try? FileManager.default.removeItem(at: made)
      // Another store of this process may have been quicker: its result is as good.
      if FileManager.default.fileExists(atPath: place.path) { return place }
      throw H3AEError(
        .installStorage, "the compiled model cannot be kept: \(error.localizedDescription)",
        advice: "make room on the device and try again")
    }
    return place
  }
}
