/// One choice of artifacts and processors that a decoder may try.
struct Candidate {
  let factory: any EngineFactory
  let variant: Variant

  /// By engine, then by the manifest's order, then by the engine's order of units; never empty.
  ///
  /// - Throws: `engine.unavailable`, with every reason.
  static func all(
    of bundle: ModelBundle, _ engines: [any EngineFactory], _ options: VideoDecoder.Options
  ) throws -> [Candidate] {
    var found: [Candidate] = []
    var obstacles: [String] = []
    for factory in engines {
      for artifact in bundle.manifest.artifacts
      where artifact.target == factory.target && options.fits(artifact) {
        if let obstacle = factory.obstacle(to: artifact) {
          if !obstacles.contains(obstacle) { obstacles.append(obstacle) }
          continue
        }
        for units in options.units.map({ [$0] }) ?? factory.computeUnits(for: artifact) {
          let variant = Variant(
            target: artifact.target, backend: artifact.backend, precision: artifact.precision,
            units: units)
          guard !found.contains(where: { $0.variant == variant }) else { continue }
          found.append(Candidate(factory: factory, variant: variant))
        }
      }
    }
    guard !found.isEmpty else { throw unavailable(bundle, engines, obstacles) }
    return found
  }

  /// Why none of those that were tried is trusted.
  ///
  /// - Parameter way: what they were tried for; nil: anything.
  static func refusal(
    of bundle: ModelBundle, _ attempts: [LoadReport.Attempt], _ way: DecodeWay? = nil
  ) -> H3AEError {
    let refused = attempts.compactMap { attempt -> (Variant, H3AEError)? in
      guard case .refused(let error) = attempt.outcome else { return nil }
      return (attempt.variant, error)
    }
    let reasons = refused.map { "\($0.0): \($0.1.message)" }.joined(separator: "; ")
    return H3AEError(
      refused.last?.1.code ?? .engineUnavailable,
      "nothing here runs \(bundle.manifest.name) right"
        + "\(way.map { " as a \($0)" } ?? ""): \(reasons)",
      advice: refused.last?.1.advice)
  }

  private static func unavailable(
    _ bundle: ModelBundle, _ engines: [any EngineFactory], _ obstacles: [String]
  ) -> H3AEError {
    let held = Set(bundle.manifest.artifacts.map { "\($0.target) \($0.precision)" }).sorted()
    let known = Set(engines.map(\.target)).sorted()
    let reason =
      obstacles.isEmpty
      ? "it holds \(held.joined(separator: ", ")); the engines here run "
        + "\(known.joined(separator: ", "))"
      : obstacles.joined(separator: "; ")
    return H3AEError(
      .engineUnavailable, "\(bundle.manifest.name) cannot be run here: \(reason)",
      advice: "export the bundle for another target")
  }
}

extension VideoDecoder.Options {
  fileprivate func fits(_ artifact: Manifest.Artifact) -> Bool {
    (target ?? artifact.target) == artifact.target
      && (precision ?? artifact.precision) == artifact.precision
      && (backend ?? artifact.backend) == artifact.backend
  }
}
