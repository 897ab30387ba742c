/// One call of an encoder, whose input fits.
extension SessionPool {
  /// `[T, 3, H, W]` to normalised latents.
  func encode(_ video: Tensor) async throws -> Tensor {
    let encode = try bundle.manifest.encoding()
    return try latents(of: encode.graph, try await feed(encode.graph, .video, video))
  }

  /// `[1, 3, H, W]` to its latents and features.
  func encodeImage(_ image: Tensor) async throws -> FirstFrame {
    let i2v = try bundle.manifest.imageToVideo()
    let outputs = try await feed(i2v.encoder, .image, image)
    var features: [String: Tensor] = [:]
    for condition in i2v.conditions {
      guard case .tensor(let tensor)? = outputs[condition.output] else {
        throw H3AEError(.engineRun, "the image encoder gave no '\(condition.output)'")
      }
      features[condition.input] = tensor
    }
    return FirstFrame(latents: try latents(of: i2v.encoder, outputs), features: features)
  }

  private func feed(
    _ graph: String, _ kind: TensorSpec.Kind, _ tensor: Tensor
  ) async throws -> [String: GraphOutput] {
    try await run(graph, [try bundle.manifest.input(kind, of: graph).name: tensor])
  }

  private func latents(of graph: String, _ outputs: [String: GraphOutput]) throws -> Tensor {
    guard let spec = bundle.manifest.graphs[graph]?.output(.latents),
      case .tensor(let tensor)? = outputs[spec.name]
    else {
      throw H3AEError(.engineRun, "'\(graph)' gave no latents")
    }
    return tensor
  }
}

extension Manifest {
  /// - Throws: `decode.unsupported`.
  func encoding() throws -> Encode {
    guard let encode = schedule.encode else {
      throw H3AEError(
        .decodeUnsupported, "the bundle holds no encoder", advice: "export with --component both")
    }
    return encode
  }

  /// - Throws: `manifest.reference`.
  func input(_ kind: TensorSpec.Kind, of graph: String) throws -> TensorSpec {
    guard let spec = graphs[graph]?.input(kind) else {
      throw H3AEError(.manifestReference, "the graph '\(graph)' takes no \(kind.rawValue)")
    }
    return spec
  }
}
