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
