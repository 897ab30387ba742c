/// All artifacts of a bundle of one target, backend and precision, on one choice of processors.
public struct Variant: Sendable, Hashable, CustomStringConvertible {
  public let target: String
  public let backend: String
  public let precision: String
  public let units: ComputeUnits

  public var description: String { "\(target) \(backend) \(precision) on \(units.rawValue)" }
}

extension ModelBundle {
  /// The artifact of a graph.
  ///
  /// - Throws: `artifact.unknown`.
  func artifact(of graph: String, _ variant: Variant) throws -> Manifest.Artifact {
    let found = manifest.artifacts.first {
      $0.target == variant.target && $0.backend == variant.backend
        && $0.precision == variant.precision && $0.graph == graph
    }
    guard let found else {
      throw H3AEError(
        .artifactUnknown, "\(manifest.name) holds no '\(graph)' for \(variant)",
        advice: "export it for that target as well")
    }
    return found
  }
}
