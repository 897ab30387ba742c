/// Noise levels of a rectified-flow sampler, from pure noise to none.
///
/// A diffusion transformer trained by flow matching in the autoencoder's latent space (Sec. 4.3 of
/// the paper trains one) predicts the velocity v = noise - data of x = (1 - sigma) data + sigma
/// noise. Sampling follows it from sigma = 1 to 0.
public struct FlowSchedule: Sendable, Equatable {
  /// `steps` + 1 values, from 1 down to 0.
  public let sigmas: [Float]

  /// Evenly spaced levels t, shifted towards noise: sigma = s t / (1 + (s - 1) t) (Esser et al.,
  /// "Scaling rectified flow transformers", Eq. 23). The larger a latent, the more noise it takes
  /// to hide it, hence the shift: 1 leaves the levels as they are.
  ///
  /// - Precondition: `steps` and `shift` are positive.
  public init(steps: Int, shift: Float = 1) {
    precondition(steps > 0 && shift > 0)
    sigmas = (0...steps).map { step in
      let t = 1 - Float(step) / Float(steps)
      return shift * t / (1 + (shift - 1) * t)
    }
  }

  public var steps: Int { sigmas.count - 1 }

  /// What a transformer is told as the time of a step: sigma in thousandths.
  public func timestep(_ step: Int) -> Float { sigmas[step] * 1000 }
}
