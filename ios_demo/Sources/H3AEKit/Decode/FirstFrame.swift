/// What the image encoder makes of a first frame (I2V).
public struct FirstFrame: Sendable {
  /// `[1, Z, H', W']`, normalised: the first latent of any video that begins with the image.
  public let latents: Tensor
  /// First-frame features (Eq. 1 of the paper), by the names of the decoder's inputs.
  public let features: [String: Tensor]

  public init(latents: Tensor, features: [String: Tensor]) {
    self.latents = latents
    self.features = features
  }
}

extension FirstFrame {
  /// - Throws: `tensor.shape` if a feature is missing or of another bundle.
  func check(for manifest: Manifest) throws {
    let i2v = try manifest.imageToVideo()
    for condition in i2v.conditions {
      guard let tensor = features[condition.input] else {
        throw H3AEError(
          .tensorShape, "the feature '\(condition.input)' of the first frame is missing")
      }
      let spec = manifest.graphs[i2v.encoder]?.outputs.first { $0.name == condition.output }
      try tensor.check("the feature '\(condition.input)'", spec?.shape ?? [])
    }
  }
}

extension Tensor {
  /// - Throws: `tensor.shape` unless these are finite floating numbers in that shape.
  func check(_ name: String, _ wanted: [Int]) throws {
    guard shape == wanted else {
      throw H3AEError(.tensorShape, "\(name) of shape \(shape) do not fit, \(wanted) is needed")
    }
    guard type.isFloating, isFinite else {
      throw H3AEError(.tensorShape, "\(name) hold numbers that are not finite")
    }
  }
}
