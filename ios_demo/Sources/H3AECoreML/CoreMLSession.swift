#if canImport(CoreML)
  import CoreML
  import CoreVideo
  import Foundation
  import H3AEKit
  import H3AEVideo
  import os

  #if canImport(DarwinSignatures)
    import DarwinSignatures
  #endif

  /// One function of a compiled Core ML model.
  ///
  /// Inputs are shown to Core ML where they lie. Outputs are written into memory of the session
  /// (`OutputBacking`), which the tensors that come out show without a copy; frames of files that
  /// give pixels are written into pixel buffers of a pool. Caches of a stream are either outputs
  /// that come back as inputs, or an `MLState` that never leaves Core ML.
  ///
  /// An actor, since `MLModel` and `MLState` take one prediction at a time. Its work runs on a queue
  /// of its own: a prediction lasts longer than a thread of Swift's pool should be held.
  actor CoreMLSession: GraphSession {
    private let artifact: Manifest.Artifact
    private let exchange: GraphExchange
    private let queue = DispatchSerialQueue(
      label: "dev.h3ae.coreml", qos: .userInitiated, autoreleaseFrequency: .workItem)
    private let signposter = OSSignposter(subsystem: "dev.h3ae", category: "coreml")
    private var model: MLModel?
    private var state: MLState?
    private var backings = ReusePool<OutputBacking>()
    private var pool: PixelBufferPool?

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// - Throws: `engine.load`.
    init(request: GraphRequest, compiled: URL) async throws {
      artifact = request.artifact
      exchange = GraphExchange(request)
      let model = try await Self.model(request, compiled: compiled)
      state = artifact.states.isEmpty ? nil : model.makeState()
      self.model = model
    }

    /// Loads the function of a compiled model.
    ///
    /// - Throws: `engine.load`.
    static func model(_ request: GraphRequest, compiled: URL) async throws -> sending MLModel {
      let configuration = try configuration(for: request)
      do {
        return try await MLModel.load(contentsOf: compiled, configuration: configuration)
      } catch {
        throw H3AEError(
          .engineLoad,
          "Core ML cannot load \(request.artifact.graph) on \(request.units.rawValue): "
            + error.localizedDescription)
      }
    }

    static func configuration(for request: GraphRequest) throws -> MLModelConfiguration {
      guard let units = request.units.coreML else {
        throw H3AEError(.engineLoad, "Core ML knows no compute units \(request.units.rawValue)")
      }
      let configuration = MLModelConfiguration()
      configuration.computeUnits = units
      // The name that a package with one function has; to ask for it by name needs a newer format.
      if request.artifact.entry != "main" { configuration.functionName = request.artifact.entry }
      var hints = configuration.optimizationHints
      hints.reshapeFrequency = .infrequent
      hints.specializationStrategy = .fastPrediction
      configuration.optimizationHints = hints
      return configuration
    }

    func run(_ inputs: [String: Tensor]) throws -> [String: GraphOutput] {
      guard let model else { throw H3AEError(.decodeState, "the session is closed") }
      let features = try features(from: inputs)
      var given = try takeBackings()
      let options = MLPredictionOptions()
      options.outputBackings = given.options
      return try collect(predict(model, features, options), from: &given)
    }

    private func predict(
      _ model: MLModel, _ features: any MLFeatureProvider, _ options: MLPredictionOptions
    ) throws -> any MLFeatureProvider {
      let interval = signposter.beginInterval("prediction")
      do {
        let outputs =
          if let state {
            try model.prediction(from: features, using: state, options: options)
          } else {
            try model.prediction(from: features, options: options)
          }
        signposter.endInterval("prediction", interval)
        return outputs
      } catch {
        signposter.endInterval("prediction", interval)
        throw H3AEError(
          .engineRun, "Core ML failed in \(artifact.graph): \(error.localizedDescription)")
      }
    }

    func reset() { state = artifact.states.isEmpty ? nil : model?.makeState() }

    func close() {
      model = nil
      state = nil
      pool = nil
      backings = ReusePool<OutputBacking>()
    }

    // MARK: Inputs

    private func features(from inputs: [String: Tensor]) throws -> MLDictionaryFeatureProvider {
      let (inputs, states) = try exchange.inputs(inputs)
      for (name, tensor) in states { try write(tensor, intoState: name) }
      var values: [String: MLFeatureValue] = [:]
      for (name, tensor) in inputs {
        values[name] = MLFeatureValue(multiArray: try array(showing: tensor))
      }
      return try MLDictionaryFeatureProvider(dictionary: values)
    }

    /// The array of an own output that comes back, else one that shows the tensor's memory.
    private func array(showing tensor: Tensor) throws -> MLMultiArray {
      let address = tensor.withUnsafeBytes { $0.baseAddress }
      if let own = backings.array(behind: address, of: exchange.outputs.map(\.name)),
        own.count == tensor.elementCount
      {
        return own
      }
      return try MLMultiArray.showing(tensor)
    }

    private func write(_ tensor: Tensor, intoState name: String) throws {
      guard let state else { throw H3AEError(.engineRun, "the graph has no state \(name)") }
      try state.withMultiArray(for: name) { try $0.write(tensor) }
    }

    // MARK: Outputs

    /// Where Core ML is asked to write the outputs of one prediction.
    private struct Given {
      var backings: [String: OutputBacking] = [:]
      var images: [String: CVPixelBuffer] = [:]

      var options: [String: Any] {
        var options: [String: Any] = [:]
        for (name, backing) in backings { options[name] = backing.array }
        for (name, image) in images { options[name] = image }
        return options
      }
    }

    private func takeBackings() throws -> Given {
      var given = Given()
      for output in exchange.outputs {
        if artifact.imageOutputs.contains(output.name) {
          given.images[output.name] = try pixelBuffer(for: output)
        } else {
          given.backings[output.name] = try backings.take(
            output.name, shape: output.shape, type: exchange.type(of: output))
        }
      }
      return given
    }

    private func pixelBuffer(for output: TensorSpec) throws -> CVPixelBuffer {
      if let pool { return try pool.make() }
      guard output.shape.count == 4, output.shape[0] == 1 else {
        throw H3AEError(.engineRun, "pixels of shape \(output.shape) are no single frame")
      }
      // Files that give pixels hold 0...255 of the sRGB curve (`docs/coreml.md`).
      let made = try PixelBufferPool(
        width: output.shape[3], height: output.shape[2],
        colour: .srgb)
      pool = made
      return try made.make()
    }

    private func collect(
      _ provider: any MLFeatureProvider, from given: inout Given
    ) throws -> [String: GraphOutput] {
      var result: [String: GraphOutput] = [:]
      for output in exchange.outputs {
        guard let value = provider.featureValue(for: output.name) else {
          throw H3AEError(.engineOutput, "Core ML gave no \(output.name) for \(artifact.graph)")
        }
        if let image = given.images.removeValue(forKey: output.name) {
          result[output.name] = .image(try self.image(value, backing: image))
        } else if let backing = given.backings.removeValue(forKey: output.name) {
          result[output.name] = .tensor(try tensor(value, backing: backing, of: output))
        }
      }
      return result
    }

    private func image(
      _ value: MLFeatureValue, backing: CVPixelBuffer
    ) throws -> PixelBufferImage {
      guard let buffer = value.imageBufferValue else {
        throw H3AEError(.engineOutput, "Core ML gave no pixels for \(artifact.graph)")
      }
      // Core ML may decline a backing; its own buffer is as good, without the tags.
      if buffer !== backing { Manifest.Colour.srgb.tag(buffer) }
      return try PixelBufferImage(buffer)
    }

    private func tensor(
      _ value: MLFeatureValue, backing: OutputBacking, of output: TensorSpec
    ) throws -> Tensor {
      guard let array = value.multiArrayValue else {
        throw H3AEError(.engineOutput, "Core ML gave no array for \(output.name)")
      }
      // As above: what it did not write there has to be copied.
      guard array === backing.array else {
        let copy = try array.tensor()
        guard copy.shape == output.shape else {
          throw H3AEError(
            .engineOutput, "Core ML gave \(output.name) of \(copy.shape), not \(output.shape)")
        }
        return copy
      }
      let tensor = try backing.finish()
      backings.put(backing, for: output.name)
      return tensor
    }
  }
#endif
