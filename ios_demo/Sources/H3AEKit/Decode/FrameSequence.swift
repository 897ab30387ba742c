/// The frames of one decode. Nothing is computed before it is asked for, nothing is dropped, and
/// nothing is computed ahead: whoever is slow is waited for, whoever stops has stopped the work.
///
/// Cancel the task that iterates to stop between two calls of a graph; `next` then throws
/// `CancellationError`. Every iterator decodes anew.
public struct FrameSequence: AsyncSequence, Sendable {
  public typealias Element = Frame

  let start: @Sendable () async throws -> DecodeRun

  public func makeAsyncIterator() -> Iterator { Iterator(start: start) }

  public struct Iterator: AsyncIteratorProtocol {
    let start: @Sendable () async throws -> DecodeRun
    private var run: DecodeRun?

    init(start: @escaping @Sendable () async throws -> DecodeRun) { self.start = start }

    public mutating func next() async throws -> Frame? {
      let run = try await begun()
      return try await run.next()
    }

    private mutating func begun() async throws -> DecodeRun {
      if let run { return run }
      try Task.checkCancellation()
      let begun = try await start()
      run = begun
      return begun
    }
  }
}
