import Foundation
import Testing

@testable import H3AEKit

/// Every decoder here stands for a launch of its own: it knows of the others by the store alone.
@Suite struct TrustStoreTests {
  private static let units: [ComputeUnits] = [.cpuAndNeuralEngine, .cpuAndGPU, .cpuOnly]

  private let scratch: Scratch
  private let bundle: ModelBundle

  init() throws {
    scratch = try Scratch()
    bundle = try ArithmeticBundle.make(in: scratch)
  }

  private func store(_ system: String = "iPhone99,1, Version 27.0 (Build 1A1)") -> TrustStore {
    TrustStore(folder: scratch.url.appendingPathComponent("trust"), system: system)
  }

  private func decoder(_ engine: ArithmeticEngine, _ store: TrustStore) -> VideoDecoder {
    var options = VideoDecoder.Options()
    options.trust = store
    return VideoDecoder(bundle: bundle, engines: [engine], options: options)
  }

  private func engine(
    _ faults: [ComputeUnits: ArithmeticEngine.Fault] = [:], version: String = "1"
  ) -> ArithmeticEngine {
    ArithmeticEngine(units: Self.units, faults: faults, version: version)
  }

  @Test func aLaterLaunchTestsNothingAndSaysWhy() async throws {
    let first = try await decoder(engine([.cpuAndNeuralEngine: .notFinite]), store()).load()
    #expect(first.attempts.map(\.isRemembered) == [false, false])
    let engine = engine([.cpuAndNeuralEngine: .notFinite])
    let decoder = decoder(engine, store())
    let second = try await decoder.load()
    #expect(second.variant == first.variant && second.variant.units == .cpuAndGPU)
    #expect(second.attempts.map(\.outcome) == first.attempts.map(\.outcome))
    #expect(second.attempts.map(\.isRemembered) == [true, true])
    #expect(second.golden == first.golden)
    // The refused units are not even opened, and no frame is decoded before one is asked for.
    #expect(engine.events("open") == ["open temporal", "open frame"])
    #expect(engine.events("run").isEmpty)
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
  }

  @Test func anotherBuildRuntimeOrBundleIsTestedAnew() async throws {
    try await decoder(engine(), store()).load()
    let build = engine([.cpuAndNeuralEngine: .wrong])
    let updated = store("iPhone99,1, Version 27.0 (Build 1A2)")
    #expect(try await decoder(build, updated).load().variant.units == .cpuAndGPU)
    let runtime = engine([.cpuAndNeuralEngine: .wrong], version: "2")
    #expect(try await decoder(runtime, store()).load().variant.units == .cpuAndGPU)
    var options = VideoDecoder.Options()
    options.trust = store()
    let place = try Scratch()
    let other = try ArithmeticBundle.make(in: place, .init(framesPerCall: 3))
    let faulty = engine([.cpuAndNeuralEngine: .wrong])
    let report = try await VideoDecoder(bundle: other, engines: [faulty], options: options).load()
    #expect(report.variant.units == .cpuAndGPU)
  }

  @Test func whatMayGoWellNextTimeIsNotKept() async throws {
    let report = try await decoder(engine([.cpuAndNeuralEngine: .refusesToOpen]), store()).load()
    #expect(report.variant.units == .cpuAndGPU)
    #expect(try await decoder(engine(), store()).load().variant.units == .cpuAndNeuralEngine)
  }

  @Test func refusedUnitsAreTestedAnewWhereNothingElseRuns() async throws {
    try await decoder(engine([.cpuAndNeuralEngine: .wrong]), store()).load()
    let engine = engine([.cpuAndGPU: .refusesToOpen, .cpuOnly: .refusesToOpen])
    let report = try await decoder(engine, store()).load()
    #expect(report.variant.units == .cpuAndNeuralEngine)
    #expect(report.attempts.map(\.variant.units) == [.cpuAndGPU, .cpuOnly, .cpuAndNeuralEngine])
    // The new verdict has replaced the old one.
    #expect(try await decoder(self.engine(), store()).load().attempts.count == 1)
  }

  @Test func withoutASelfTestNothingIsRemembered() async throws {
    var options = VideoDecoder.Options()
    options.trust = store()
    options.selfTest = false
    let faulty = engine([.cpuAndNeuralEngine: .wrong])
    try await VideoDecoder(bundle: bundle, engines: [faulty], options: options).load()
    #expect(try await decoder(faulty, store()).load().variant.units == .cpuAndGPU)
  }

  @Test func aDamagedOrForeignVerdictIsNone() async throws {
    let folder = scratch.url.appendingPathComponent("trust")
    for damage in [Data(), Data("{}".utf8), Data(#"{"key": ["a"], "verdict": {}}"#.utf8)] {
      store().clear()
      try await decoder(engine(), store()).load()
      let file = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
      try damage.write(to: folder.appendingPathComponent(file))
      let report = try await decoder(engine([.cpuAndNeuralEngine: .wrong]), store()).load()
      #expect(report.variant.units == .cpuAndGPU)
    }
  }
}
