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

  /// All runtimes of this build for which the bundle holds files.
  static func engines(for bundle: ModelBundle) async throws -> [any EngineFactory] {
    let targets = Set(bundle.manifest.artifacts.map(\.target))
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
