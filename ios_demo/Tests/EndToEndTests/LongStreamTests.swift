import Foundation
import H3AEKit
import Synchronization
import Testing

/// A stream of 257 frames, in the real runtimes.
@Suite(.serialized) struct LongStreamTests {
  /// After the first steps everything lazy has happened. What a runtime's allocator then still
  /// wobbles by is a few MiB; keeping the frames of the rest (64 x 64) alone would be 9 MiB more.
  static let allowedGrowth = 6 << 20

  @Test(arguments: HostEngine.allCases)
  func itEqualsPythonInConstantMemory(_ engine: HostEngine) async throws {
    let expected = try Fixtures.expected("long-stream")
    let latents = try expected.named("latents")
    let frames = try expected.named("frames")
    var settled: Int?
    var peak = 0
    var count = 0
    for try await frame in try engine.decoder().frames(from: latents) {
      let wanted = frames.rows(count..<count + 1).reshaped(Array(frames.shape.dropFirst()))
      #expect(try frame.rgb().difference(to: wanted) < DecodeTests.tolerance, "frame \(count)")
      count += 1
      if count == 65 { settled = try residentBytes() }
      if count >= 65, count % 16 == 1 { peak = max(peak, try residentBytes()) }
    }
    #expect(count == 257)
    let growth = peak - (try #require(settled))
    print("\(engine.rawValue): resident memory grew by \(growth >> 10) KiB from frame 65 to 257")
    #expect(growth < Self.allowedGrowth)
  }

  @Test(arguments: HostEngine.allCases)
  func itStopsWithinOneChunkWhenCancelled(_ engine: HostEngine) async throws {
    let latents = try Fixtures.expected("long-stream").named("latents")
    let calls = CallLog()
    let decoder = try engine.decoder { $0.observer = { graph, _ in calls.add(graph) } }
    try await decoder.load()
    calls.clear()

    let received = Mutex(0)
    let task = Task {
      for try await _ in decoder.frames(from: latents) { received.withLock { $0 += 1 } }
    }
    while received.withLock({ $0 < 20 }) { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    let before = calls.count("decoder_next")
    await #expect(throws: CancellationError.self) { try await task.value }
    // The call that was going on may end; none begins after it.
    #expect(calls.count("decoder_next") <= before + 1)
    let after = calls.total
    try await Task.sleep(for: .milliseconds(100))
    #expect(calls.total == after)
  }

  @Test(arguments: HostEngine.allCases)
  func nothingIsComputedAhead(_ engine: HostEngine) async throws {
    let latents = try Fixtures.expected("long-stream").named("latents")
    let calls = CallLog()
    let decoder = try engine.decoder {
      $0.observer = { graph, _ in calls.add(graph) }
      // The self-test of a stream comes before its first frame.
      $0.selfTest = false
    }
    try await decoder.load()
    calls.clear()

    var frames = decoder.frames(from: latents).makeAsyncIterator()
    #expect(calls.total == 0)
    _ = try await frames.next()
    #expect(calls.graphs == ["decoder_first", "decoder_frame"])
    _ = try await frames.next()
    #expect(calls.graphs == ["decoder_first", "decoder_frame", "decoder_next", "decoder_frame"])
    _ = try await frames.next()
    #expect(calls.total == 5)
  }

  private func residentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    let words = line.split(whereSeparator: \.isWhitespace)
    return try #require(Int(words[1])) * 1024
  }
}

/// Calls of graphs, in their order.
final class CallLog: Sendable {
  private let log = Mutex<[String]>([])

  func add(_ graph: String) { log.withLock { $0.append(graph) } }
  func clear() { log.withLock { $0 = [] } }
  func count(_ graph: String) -> Int { log.withLock { $0.count { $0 == graph } } }
  var graphs: [String] { log.withLock { $0 } }
  var total: Int { graphs.count }
}
