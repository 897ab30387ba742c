import Testing

@testable import H3AEKit

@Suite struct SamplerTests {
  @Test func levelsRunFromNoiseToNone() {
    #expect(FlowSchedule(steps: 4).sigmas == [1, 0.75, 0.5, 0.25, 0])
    let shifted = FlowSchedule(steps: 4, shift: 3)
    #expect(shifted.sigmas == [1, 0.9, 0.75, 0.5, 0])
    #expect(shifted.timestep(2) == 750)
  }

  /// A velocity that always points from the data to the noise leads back to the data exactly.
  @Test(arguments: [Float(1), 3, 12])
  func theStraightPathIsFollowedToItsEnd(_ shift: Float) throws {
    let schedule = FlowSchedule(steps: 7, shift: shift)
    let data = try Tensor(shape: [4], floats: [0.5, -1, 2, 0])
    let noise = FlowSampler.noise(shape: [4], seed: 7)
    let velocity = try Tensor(shape: [4], floats: zip(noise.floats, data.floats).map { $0 - $1 })
    var latents = noise
    for step in 0..<schedule.steps {
      let expected = try FlowSampler.noised(data, noise: noise, step, of: schedule)
      #expect(try latents.difference(to: expected) < 1e-5)
      let clean = try FlowSampler.denoised(latents, velocity: velocity, step, of: schedule)
      #expect(try clean.difference(to: data) < 1e-5)
      latents = try FlowSampler.step(latents, velocity: velocity, step, of: schedule)
    }
    #expect(try latents.difference(to: data) < 1e-5)
  }

  @Test func guidanceExtrapolates() throws {
    let c = try Tensor(shape: [2], floats: [1, 2])
    let u = try Tensor(shape: [2], floats: [0, 4])
    let guided = try FlowSampler.guided(conditioned: c, unconditioned: u, scale: 3)
    #expect(try guided.floats == [3, -2])
  }

  @Test func noiseIsNormalAndRepeats() throws {
    let noise = FlowSampler.noise(shape: [100, 1000], seed: 42)
    let numbers = try noise.floats.map(Double.init)
    let mean = numbers.reduce(0, +) / 1e5
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
    let fourth = numbers.reduce(0) { $0 + $1 * $1 * $1 * $1 } / 1e5
    #expect(abs(mean) < 0.01)
    #expect(abs(variance - 1) < 0.02)
    #expect(abs(fourth - 3) < 0.15)
    #expect(try FlowSampler.noise(shape: [100, 1000], seed: 42).difference(to: noise) == 0)
    #expect(try FlowSampler.noise(shape: [100, 1000], seed: 43).difference(to: noise) > 1)
  }

  /// The published first outputs of the generator for the seed 1234567.
  @Test func randomNumbersAreThePublishedOnes() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test func shapesMustAgree() throws {
    let one = try Tensor(shape: [1], floats: [0])
    let two = try Tensor(shape: [2], floats: [0, 0])
    let schedule = FlowSchedule(steps: 1)
    #expect(
      failure { try FlowSampler.step(one, velocity: two, 0, of: schedule) }?.code == .tensorShape)
  }
}
