import Foundation
import H3AECoreAI
import H3AECoreML
import H3AEDemoCore
import H3AEKit

#if canImport(H3AEExecuTorch)
  import H3AEExecuTorch
#endif

/// An open bundle with what runs it.
struct Library: Sendable {
  let bundle: ModelBundle
  let engines: [any EngineFactory]
  let decoder: VideoDecoder
  let clips: [LatentClip]
  /// Whether the process has loaded no model before: a benchmark's first load is then a cold one.
  let isFirst: Bool

  /// Verifies and opens a bundle. Hashes are checked; the model is loaded when it is needed.
  ///
  /// - Throws: why the bundle cannot be trusted.
  static func open(at url: URL, isFirst: Bool) async throws -> Library {
    try await make(verified(url), isFirst)
  }

  /// Installs an archive from Files in the place of one of that name, and opens it.
  ///
  /// - Throws: `install.*`, `archive.*`, or why the bundle cannot be trusted.
  static func install(
    _ archive: URL, isFirst: Bool,
    progress: @escaping @Sendable (BundleInstaller.Progress) -> Void
  ) async throws -> Library {
    // What a person chose outside the app may be read between these calls.
    let isScoped = archive.startAccessingSecurityScopedResource()
    defer { if isScoped { archive.stopAccessingSecurityScopedResource() } }
    let installer = BundleInstaller(folder: try AppFolders.installed())
    let bundle = try await installer.install(
      from: FileByteSource(archive), replacing: true, progress: progress)
    return try await make(bundle, isFirst)
  }

  private static func make(_ bundle: ModelBundle, _ isFirst: Bool) async throws -> Library {
    let engines = try await engines(for: bundle)
    // Those of bundles that were removed or replaced.
    if let coreML = engines.lazy.compactMap({ $0 as? CoreMLEngine }).first {
      await coreML.store.removeAll(except: AppFolders.known.hashes(of: coreML.target))
    }
    var options = VideoDecoder.Options()
    options.trust = try .standard()
    let example = LatentClip.golden(of: bundle, name: String(localized: "Example clip"))
    return Library(
      bundle: bundle, engines: engines,
      decoder: VideoDecoder(bundle: bundle, engines: engines, options: options),
      clips: (example.map { [$0] } ?? []) + AppFolders.catalog.clips(for: bundle),
      // Core AI has decoded the golden latents by now, to be trusted.
      isFirst: isFirst && !engines.contains { $0.target == "coreai" })
  }

  /// Opens a bundle that has just arrived, hashes and all, off the main actor.
  ///
  /// - Throws: why it cannot be trusted.
  static func verified(_ url: URL) async throws -> ModelBundle { try ModelBundle.open(at: url) }

  /// The runtimes of this build for which the bundle holds files.
  ///
  /// - Parameter target: Of those, the one; nil: all.
  static func engines(
    for bundle: ModelBundle, target: String? = nil
  ) async throws -> [any EngineFactory] {
    let held = Set(bundle.manifest.artifacts.map(\.target))
    let targets = target.map { held.intersection([$0]) } ?? held
    var engines: [any EngineFactory] = []
    if targets.contains("coreml") { engines.append(try CoreMLEngine()) }
    #if canImport(CoreAI)
      if #available(iOS 27.0, *), targets.contains("coreai") {
        // Where not even the check runs, loading tells why, and other runtimes are tried.
        engines.append(await (try? CoreAIEngine.checked(on: bundle)) ?? CoreAIEngine())
      }
    #endif
    #if canImport(H3AEExecuTorch)
      if targets.contains("executorch") { engines.append(ExecuTorchEngine()) }
    #endif
    return engines
  }
}
