import Foundation

/// Turns latents into frames, one at a time.
///
///     let bundle = try ModelBundle.open(at: url)
///     let decoder = VideoDecoder(bundle: bundle, engines: [CoreMLEngine()])
///     for try await frame in decoder.frames(from: latents) { ... }
public actor VideoDecoder {
  /// What to run, and how.
  public struct Options: Sendable {
    /// Which artifacts; nil: the best that can run here.
    public var target: String?
    public var precision: String?
    public var backend: String?
    /// Where to compute; nil: the first units that pass the self-test.
    public var units: ComputeUnits?
    public var threads: Int?
    /// Whether units must reproduce the golden vectors before they are trusted.
    public var selfTest = true

    public init() {}
  }

  public nonisolated let bundle: ModelBundle
  public nonisolated let engines: [any EngineFactory]
  public nonisolated let options: Options
  public private(set) var state = LoadState.notLoaded

  public init(bundle: ModelBundle, engines: [any EngineFactory], options: Options = Options()) {
    self.bundle = bundle
    self.engines = engines
    self.options = options
  }
}
