/// The arithmetic of sampling latents, over whole tensors of float32 in one pass each. The
/// transformer itself is any model that predicts velocities.
public enum FlowSampler {
  /// Where sampling begins: standard normal numbers, alike on every machine for a seed.
  public static func noise(shape: [Int], seed: UInt64) -> Tensor {
    var generator = GaussianGenerator(seed: seed)
    return Tensor(shape: shape) { bytes in
      let numbers = bytes.assumingMemoryBound(to: Float.self)
      for index in numbers.indices { numbers[index] = generator.next() }
    }
  }

  /// One Euler step: x + (sigma' - sigma) v.
  ///
  /// - Throws: `tensor.shape` if latents and velocity differ in shape or are not float32.
  public static func step(
    _ latents: Tensor, velocity: Tensor, _ step: Int, of schedule: FlowSchedule
  ) throws -> Tensor {
    let change = schedule.sigmas[step + 1] - schedule.sigmas[step]
    return try combined(latents, velocity) { x, v in x + change * v }
  }

  /// What the latents would be without their noise: x - sigma v, for previews.
  public static func denoised(
    _ latents: Tensor, velocity: Tensor, _ step: Int, of schedule: FlowSchedule
  ) throws -> Tensor {
    let sigma = schedule.sigmas[step]
    return try combined(latents, velocity) { x, v in x - sigma * v }
  }

  /// Classifier-free guidance (Ho and Salimans, 2022): u + scale (c - u).
  public static func guided(
    conditioned: Tensor, unconditioned: Tensor, scale: Float
  ) throws -> Tensor {
    try combined(conditioned, unconditioned) { c, u in u + scale * (c - u) }
  }

  /// Clean latents at the level of noise of a step: (1 - sigma) data + sigma noise. To start from a
  /// video, or to hold the first frame of an image-to-video run where it belongs.
  public static func noised(
    _ data: Tensor, noise: Tensor, _ step: Int, of schedule: FlowSchedule
  ) throws -> Tensor {
    let sigma = schedule.sigmas[step]
    return try combined(data, noise) { x, n in (1 - sigma) * x + sigma * n }
  }

  @inline(__always)
  private static func combined(
    _ one: Tensor, _ other: Tensor, _ work: (Float, Float) -> Float
  ) throws -> Tensor {
    guard one.shape == other.shape, one.type == .float32, other.type == .float32 else {
      throw H3AEError(
        .tensorShape,
        "\(one.type.rawValue) \(one.shape) and \(other.type.rawValue) \(other.shape) do not "
          + "combine; two float32 tensors of one shape are needed")
    }
    return Tensor(shape: one.shape) { bytes in
      let target = bytes.assumingMemoryBound(to: Float.self)
      one.withUnsafeElements(as: Float.self) { one in
        other.withUnsafeElements(as: Float.self) { other in
          for index in target.indices { target[index] = work(one[index], other[index]) }
        }
      }
    }
  }
}
