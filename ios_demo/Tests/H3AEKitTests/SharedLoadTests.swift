import Foundation
import Testing

@testable import H3AEKit

/// Tasks that meet on the way to a loaded decoder: at a gate, where one of them waits for the others.
@Suite struct SharedLoadTests {
  private let scratch: Scratch
  private let gate = Gate()

  init() throws { scratch = try Scratch() }

  /// A decoder whose engine stops at the gate when it comes to an event.
  private func decoder(stopsAt event: String) throws -> (VideoDecoder, ArithmeticEngine) {
    let engine = ArithmeticEngine { [gate] in
      if $0 == event { await gate.pass() }
    }
    let bundle = try ArithmeticBundle.make(in: scratch)
    return (VideoDecoder(bundle: bundle, engines: [engine]), engine)
  }

  private func until(_ condition: () async -> Bool) async throws {
    while await !condition() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func whoWaitsForALoadIsNotCancelledWithAnother() async throws {
    let (decoder, engine) = try decoder(stopsAt: "prepare temporal")
    let first = Task { try await decoder.load() }
    await gate.arrival()
    let second = Task { try await decoder.load() }
    try await until { await decoder.loading?.waiting == 2 }
    first.cancel()
    // At once: the gate is still closed.
    await #expect(throws: CancellationError.self) { try await first.value }
    await gate.open()
    _ = try await second.value
    #expect(await decoder.state == .loaded)
    #expect(engine.events("prepare temporal").count == 1)
  }

  @Test func theLastOneToBeCancelledEndsTheLoad() async throws {
    let (decoder, engine) = try decoder(stopsAt: "open temporal")
    let tasks = [Task { try await decoder.load() }, Task { try await decoder.load() }]
    await gate.arrival()
    try await until { await decoder.loading?.waiting == 2 }
    for task in tasks { task.cancel() }
    try await until { await decoder.loading?.isCancelled == true }
    // Who comes now finds a load that is lost, and begins another.
    let late = Task { try await decoder.load() }
    await gate.open()
    for task in tasks {
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    _ = try await late.value
    #expect(await decoder.state == .loaded)
    #expect(engine.events("open temporal").count == 2)
    #expect(engine.events("close temporal").count == 1)
  }

  @Test func prewarmingWaitsForALoad() async throws {
    let (decoder, engine) = try decoder(stopsAt: "prepare temporal")
    let load = Task { try await decoder.load() }
    await gate.arrival()
    let prewarm = Task { try await decoder.prewarm() }
    try await until { await decoder.loading?.waiting == 2 }
    await gate.open()
    try await prewarm.value
    _ = try await load.value
    #expect(await decoder.state == .loaded)
    #expect(engine.events("prepare") == ["prepare temporal", "prepare frame"])
  }

  @Test func aLoadWaitsForPrewarming() async throws {
    let (decoder, engine) = try decoder(stopsAt: "prepare temporal")
    let prewarm = Task { try await decoder.prewarm() }
    await gate.arrival()
    let load = Task { try await decoder.load() }
    try await until { await decoder.prewarming?.waiting == 2 }
    #expect(engine.events("open").isEmpty)
    await gate.open()
    _ = try await load.value
    try await prewarm.value
    #expect(await decoder.state == .loaded)
    #expect(engine.events("prepare") == ["prepare temporal", "prepare frame"])
  }

  @Test func aLoadDuringAnUnloadKeepsItsState() async throws {
    let (decoder, _) = try decoder(stopsAt: "close frame")
    try await decoder.load()
    let unload = Task { await decoder.unload() }
    await gate.arrival()
    try await decoder.load()
    await gate.open()
    await unload.value
    #expect(await decoder.state == .loaded)
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
  }

  @Test func unloadingEndsALoadAndSaysSo() async throws {
    let (decoder, engine) = try decoder(stopsAt: "open temporal")
    let load = Task { try await decoder.load() }
    await gate.arrival()
    let unload = Task { await decoder.unload() }
    try await until { await decoder.loading?.isCancelled == true }
    await gate.open()
    await unload.value
    #expect(await failure { try await load.value }?.code == .decodeState)
    #expect(await decoder.state == .notLoaded)
    #expect(engine.events("open").count == engine.events("close").count)
  }
}
