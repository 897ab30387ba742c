import Foundation

/// Standard normal numbers by the Box-Muller transform, two at a time.
struct GaussianGenerator {
  private var random: SplitMix64
  private var spare: Float?

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    // Never 0, of which there is no logarithm.
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = Float(radius * sin(angle))
    return Float(radius * cos(angle))
  }

  /// In [0, 1), of 53 random bits.
  private mutating func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }
}
