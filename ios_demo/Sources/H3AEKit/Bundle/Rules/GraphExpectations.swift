/// What a graph must look like to stand in its place of the schedule.
extension Manifest {
  enum Side: String { case inputs, outputs }

  /// What may enter a graph of each role; anything else would stay unfed.
  private static let inputKinds: [String: Set<TensorSpec.Kind>] = [
    "temporal": [.latents, .condition],
    "frame": [.features, .condition],
    "first": [.latents, .condition],
    "next": [.latents, .condition, .cache],
    "encoder": [.video],
    "image_encoder": [.image],
  ]

  /// The graph that the field `place` names; it must have the role, and only inputs that are fed.
  func graph(_ name: String, role: String, _ place: String) throws -> Graph {
    guard let graph = graphs[name] else {
      throw Self.violation(.manifestReference, "\(place): no graph '\(name)'")
    }
    guard graph.role == role else {
      throw Self.violation(
        .manifestReference, "\(place): '\(name)' has role '\(graph.role)', not '\(role)'")
    }
    let fed = Self.inputKinds[role] ?? []
    for tensor in graph.inputs where !fed.contains(tensor.kind) {
      throw Self.violation(
        .manifestReference,
        "graphs.\(name).inputs: nothing feeds '\(tensor.name)' of kind '\(tensor.kind.rawValue)'")
    }
    return graph
  }

  /// The one input or output of that kind, which has layout TCHW.
  func only(
    _ name: String, _ graph: Graph, _ side: Side, _ kind: TensorSpec.Kind
  ) throws -> TensorSpec {
    let found = (side == .inputs ? graph.inputs : graph.outputs).filter { $0.kind == kind }
    let place = "graphs.\(name).\(side.rawValue)"
    guard let tensor = found.first, found.count == 1 else {
      throw Self.violation(
        .manifestReference,
        "\(place) hold \(found.count) tensors of kind '\(kind.rawValue)', not one")
    }
    guard tensor.layout == "TCHW" else {
      throw Self.violation(
        .manifestShape, "\(place): '\(tensor.name)' has layout '\(tensor.layout)', not 'TCHW'")
    }
    return tensor
  }

  /// Requires exactly one tensor of that kind and shape.
  func expect(
    _ name: String, _ graph: Graph, _ side: Side, _ kind: TensorSpec.Kind, _ shape: [Int]
  ) throws {
    let tensor = try only(name, graph, side, kind)
    try Self.expectShape(
      "graphs.\(name).\(side.rawValue): '\(tensor.name)'", tensor.shape, shape)
  }

  /// Requires one output of features for so many frames.
  func expectFeatures(_ name: String, _ graph: Graph, frames: Int) throws -> TensorSpec {
    let features = try only(name, graph, .outputs, .features)
    try Self.expectShape(
      "graphs.\(name).outputs: '\(features.name)'", features.shape,
      [frames] + features.shape.dropFirst())
    return features
  }
}
