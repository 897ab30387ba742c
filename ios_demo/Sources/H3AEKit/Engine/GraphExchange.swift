/// Between the tensors of a bundle's graph and those that its file takes.
///
/// A file may want another floating type than its graph states (`Manifest.Artifact.ioType`) or hold
/// caches as states of its runtime (`Manifest.Artifact.states`). Sessions hide that from callers.
public struct GraphExchange: Sendable {
  private let request: GraphRequest
  private let states: Set<String>

  public init(_ request: GraphRequest) {
    self.request = request
    states = Set(request.artifact.states)
  }

  /// What the file exchanges where the graph states `spec`.
  public func type(of spec: TensorSpec) -> ElementType {
    spec.type.isFloating ? request.artifact.ioType ?? spec.type : spec.type
  }

  /// Checks, converts and splits what a caller passes.
  ///
  /// - Returns: what the file takes, by name, and new contents of the states; those are empty to go
  ///   on with what the states hold.
  /// - Throws: `tensor.shape` if an input is missing, unknown or of another shape or type.
  public func inputs(_ given: [String: Tensor]) throws -> (
    inputs: [String: Tensor], states: [String: Tensor]
  ) {
    var result: (inputs: [String: Tensor], states: [String: Tensor]) = ([:], [:])
    for spec in request.graph.inputs {
      let isState = states.contains(spec.name)
      guard let tensor = given[spec.name] else {
        if isState { continue }
        throw fail("needs the input '\(spec.name)'")
      }
      guard tensor.shape == spec.shape else {
        throw fail("the input '\(spec.name)' has the shape \(tensor.shape), not \(spec.shape)")
      }
      let converted = try tensor.converted(to: type(of: spec))
      if isState {
        result.states[spec.name] = converted
      } else {
        result.inputs[spec.name] = converted
      }
    }
    if let unknown = given.keys.sorted().first(where: { name in
      !request.graph.inputs.contains { $0.name == name }
    }) {
      throw fail("there is no input '\(unknown)'")
    }
    guard result.states.isEmpty || result.states.count == states.count else {
      let missing = states.subtracting(result.states.keys).min() ?? ""
      throw fail("of all caches, '\(missing)' is missing")
    }
    return result
  }

  /// What a file without states takes, in the graph's order, for runtimes that want them by position.
  ///
  /// - Throws: as `inputs`.
  public func ordered(_ given: [String: Tensor]) throws -> [(name: String, tensor: Tensor)] {
    let inputs = try inputs(given).inputs
    return request.graph.inputs.compactMap { spec in
      inputs[spec.name].map { (spec.name, $0) }
    }
  }

  /// What a file has given, in the order of `outputs`, by name.
  ///
  /// - Throws: `engine.run` if it is not what the bundle states.
  public func named(_ tensors: [Tensor]) throws -> [String: GraphOutput] {
    let outputs = outputs
    let graph = request.artifact.graph
    guard tensors.count == outputs.count else {
      throw H3AEError(
        .engineRun, "\(graph) gave \(tensors.count) outputs, not \(outputs.count)")
    }
    var result: [String: GraphOutput] = [:]
    for (spec, tensor) in zip(outputs, tensors) {
      guard tensor.shape == spec.shape, tensor.type == type(of: spec) else {
        throw H3AEError(
          .engineRun, "\(graph) gave '\(spec.name)' as \(tensor.type.rawValue) \(tensor.shape)")
      }
      result[spec.name] = .tensor(tensor)
    }
    return result
  }

  /// Outputs that the file gives, in the graph's order; held states stay inside.
  public var outputs: [TensorSpec] {
    let held = Set(request.graph.caches.filter { states.contains($0.input) }.map(\.output))
    return request.graph.outputs.filter { !held.contains($0.name) }
  }

  private func fail(_ reason: String) -> H3AEError {
    H3AEError(.tensorShape, "\(request.artifact.graph): \(reason)")
  }
}
