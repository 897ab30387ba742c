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

  /// Verifies and opens a bundle. Hashes are checked; the model is loaded when it is needed.
  ///
  /// - Throws: why the bundle cannot be trusted.
  static func open(at url: URL) async throws -> Library {
    let bundle = try ModelBundle.open(at: url)
    let engines = try await engines(for: bundle)
    let example = LatentClip.golden(of: bundle, name: String(localized: "Example clip"))
    return Library(
      bundle: bundle, engines: engines, decoder: VideoDecoder(bundle: bundle, engines: engines),
      clips: (example.map { [$0] } ?? []) + AppFolders.catalog.clips(for: bundle))
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
        let folder = URL.applicationSupportDirectory.appending(path: "dev.h3ae/trust")
        engines.append(
          try await CoreAIEngine.checked(on: bundle, register: TrustRegister(folder: folder)))
      }
    #endif
    #if canImport(H3AEExecuTorch)
      if targets.contains("executorch") { engines.append(ExecuTorchEngine()) }
    #endif
    return engines
  }
}
