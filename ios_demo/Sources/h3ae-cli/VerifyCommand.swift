import H3AEKit

/// Hashes every file and decodes the golden latents with every kind of artifact that runs here, with
/// the golden first frame too.
struct VerifyCommand {
  private let bundle: ModelBundle

  init(_ arguments: inout Arguments) throws {
    let place = try arguments.place("a bundle")
    try arguments.finish()
    bundle = try ModelBundle.open(at: place, verification: .full)
  }

  func run() async throws {
    print("\(bundle.manifest.name): every file is intact")
    var last: H3AEError?
    for (target, precision) in kinds {
      do {
        print("  \(target) \(precision): \(try await verify(target, precision))")
      } catch let error as H3AEError {
        print("  \(target) \(precision): \(error.message)")
        // What this machine cannot run says nothing about the bundle.
        if error.code != .engineUnavailable { last = error }
      }
    }
    if let last { throw last }
  }

  private var kinds: [(String, String)] {
    var seen: Set<[String]> = []
    return bundle.manifest.artifacts.compactMap { artifact in
      seen.insert([artifact.target, artifact.precision]).inserted
        ? (artifact.target, artifact.precision) : nil
    }
  }

  private func verify(_ target: String, _ precision: String) async throws -> String {
    var options = VideoDecoder.Options()
    options.target = target
    options.precision = precision
    let decoder = VideoDecoder(bundle: bundle, engines: try HostEngines.all(), options: options)
    try await decoder.load()
    let manifest = bundle.manifest
    if manifest.schedule.i2v != nil, manifest.golden?.conditioned != nil,
      let image = try bundle.golden().image
    {
      // The first one is encoded after a test.
      _ = try await decoder.encodeImage(image)
    }
    let report = try await decoder.load()
    await decoder.unload()
    let results = report.ways.compactMap { way, outcome -> String? in
      guard case .trusted(let result) = outcome else { return nil }
      return "\(way) within \(result.maxAbs), \(result.psnr) dB"
    }
    guard !results.isEmpty else { return "runs, but the bundle brings nothing to compare with" }
    return "golden frames of a \(results.sorted().joined(separator: ", of a ")), "
      + "on \(report.variant.units.rawValue)"
  }
}
