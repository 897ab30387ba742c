#if canImport(CoreAI)
  import CoreAI
  import Foundation
  import H3AEKit

  /// One function of a Core AI asset.
  ///
  /// The caches of a stream are states: arrays of this session that every call updates in place.
  @available(iOS 27.0, macOS 27.0, *)
  actor CoreAISession: GraphSession {
    private let artifact: Manifest.Artifact
    private let exchange: GraphExchange
    private var function: InferenceFunction?
    private var states: [String: NDArray] = [:]
    private let layout: [String: NDArrayDescriptor]

    /// - Throws: `engine.load` if the asset has no such function, or one that does not fit.
    init(request: GraphRequest, model: AIModel) throws {
      artifact = request.artifact
      exchange = GraphExchange(request)
      let function = try Self.function(artifact.entry, of: model)
      layout = try Self.layout(of: function, artifact: artifact, graph: request.graph)
      self.function = function
      for name in artifact.states { states[name] = layout[name].map { NDArray(descriptor: $0) } }
    }

    func run(_ inputs: [String: Tensor]) async throws -> [String: GraphOutput] {
      guard let function else { throw H3AEError(.decodeState, "the session is closed") }
      let (inputs, newStates) = try exchange.inputs(inputs)
      for (name, tensor) in newStates { states[name] = try array(of: tensor, for: name) }
      var arrays: [String: NDArray] = [:]
      for (name, tensor) in inputs { arrays[name] = try array(of: tensor, for: name) }
      // While the call lasts the states are its own: if it fails they are gone, and `reset` makes
      // new ones.
      let held = states
      states = [:]
      let call = StatefulCall(
        function: function, inputs: arrays, outputs: exchange.outputs.map(\.name))
      let result: StatefulCall.Result
      do {
        result = try await call.run(states: held)
      } catch let error as H3AEError {
        throw error
      } catch {
        throw H3AEError(
          .engineRun, "Core AI failed in \(artifact.graph): \(error.localizedDescription)")
      }
      states = result.states
      return try result.outputs.mapValues { .tensor(try $0.tensor()) }
    }

    func reset() {
      for name in artifact.states { states[name] = layout[name].map { NDArray(descriptor: $0) } }
    }

    func close() {
      function = nil
      states = [:]
    }

    private func array(of tensor: Tensor, for name: String) throws -> NDArray {
      guard let descriptor = layout[name] else {
        throw H3AEError(.engineRun, "\(artifact.graph) has no input \(name)")
      }
      return try NDArray(tensor, as: descriptor)
    }

    private static func function(_ name: String, of model: AIModel) throws -> InferenceFunction {
      let loaded: InferenceFunction?
      do {
        loaded = try model.loadFunction(named: name)
      } catch {
        throw H3AEError(.engineLoad, "Core AI cannot load \(name): \(error.localizedDescription)")
      }
      guard let loaded else {
        throw H3AEError(
          .engineLoad, "the asset has no function \(name), but \(model.functionNames.sorted())")
      }
      return loaded
    }

    /// Descriptors of inputs and states by name, after a comparison with the manifest.
    private static func layout(
      of function: InferenceFunction, artifact: Manifest.Artifact, graph: Manifest.Graph
    ) throws -> [String: NDArrayDescriptor] {
      var layout: [String: NDArrayDescriptor] = [:]
      for spec in graph.inputs {
        let value =
          artifact.states.contains(spec.name)
          ? function.descriptor.stateDescriptor(of: spec.name)
          : function.descriptor.inputDescriptor(of: spec.name)
        guard case .ndArray(let descriptor) = value, descriptor.shape == spec.shape else {
          throw H3AEError(
            .engineLoad,
            "\(artifact.entry) of the asset takes no \(spec.name) of shape \(spec.shape)")
        }
        layout[spec.name] = descriptor
      }
      return layout
    }
  }
#endif
