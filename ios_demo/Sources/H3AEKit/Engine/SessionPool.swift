import Foundation

/// The open sessions of one variant. Lets one graph run at a time, for one decode at a time.
///
/// A session may hold the caches of a stream, so two decodes must not take turns on it. The newer
/// one wins: `begin` gives a ticket, and calls with an older one are refused.
actor SessionPool {
  /// Says which decode a call belongs to.
  struct Ticket: Sendable, Equatable { fileprivate let number: Int }

  nonisolated let bundle: ModelBundle
  nonisolated let factory: any EngineFactory
  nonisolated let variant: Variant
  private let threads: Int?
  private let observer: CallObserver?

  private var sessions: [String: any GraphSession] = [:]
  private var ticket = Ticket(number: 0)
  private var isClosed = false
  private var isRunning = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(
    bundle: ModelBundle, factory: any EngineFactory, variant: Variant, threads: Int?,
    observer: CallObserver?
  ) {
    self.bundle = bundle
    self.factory = factory
    self.variant = variant
    self.threads = threads
    self.observer = observer
  }

  /// Starts a decode; from now on, older ones are refused.
  func begin() -> Ticket {
    ticket = Ticket(number: ticket.number + 1)
    return ticket
  }

  /// Whose weights are in memory.
  var openGraphs: Set<String> { Set(sessions.keys) }

  /// Opens graphs that are not open yet.
  func open(_ graphs: [String]) async throws {
    for graph in graphs {
      try Task.checkCancellation()
      _ = try await alone { try await self.session(graph) }
    }
  }

  /// Runs a graph once. Without a ticket, the call belongs to no decode.
  func run(
    _ graph: String, _ inputs: [String: Tensor], _ ticket: Ticket? = nil
  ) async throws -> [String: GraphOutput] {
    try await alone {
      try self.check(ticket)
      let session = try await self.session(graph)
      let start = ContinuousClock.now
      let outputs = try await session.run(inputs)
      self.observer?(graph, ContinuousClock.now - start)
      return outputs
    }
  }

  /// Forgets the caches that a session may hold.
  func reset(_ graph: String, _ ticket: Ticket) async throws {
    try await alone {
      try self.check(ticket)
      try await self.session(graph).reset()
    }
  }

  /// Closes all sessions, after the call that is going on.
  func close() async {
    await enter()
    isClosed = true
    for session in sessions.values { await session.close() }
    sessions = [:]
    leave()
  }

  private func check(_ ticket: Ticket?) throws {
    guard ticket == nil || ticket == self.ticket else {
      throw H3AEError(
        .decodeState, "another decode has begun with this decoder",
        advice: "use a decoder for each")
    }
  }

  private func session(_ graph: String) async throws -> any GraphSession {
    guard !isClosed else {
      throw H3AEError(.decodeState, "the decoder was unloaded", advice: "load it again")
    }
    if let session = sessions[graph] { return session }
    let session = try await factory.open(try bundle.request(graph, variant, threads))
    sessions[graph] = session
    return session
  }

  // MARK: One at a time

  private func alone<Result: Sendable>(
    _ work: @escaping () async throws -> Result
  ) async throws -> Result {
    await enter()
    do {
      let result = try await work()
      leave()
      return result
    } catch {
      leave()
      throw error
    }
  }

  private func enter() async {
    if !isRunning {
      isRunning = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func leave() {
    if waiting.isEmpty {
      isRunning = false
    } else {
      waiting.removeFirst().resume()
    }
  }
}

/// Told the name of a graph and how long one call of it took.
public typealias CallObserver = @Sendable (_ graph: String, _ duration: Duration) -> Void

extension ModelBundle {
  func request(_ graph: String, _ variant: Variant, _ threads: Int?) throws -> GraphRequest {
    let artifact = try artifact(of: graph, variant)
    guard let spec = manifest.graphs[graph] else {
      throw H3AEError(.artifactUnknown, "\(manifest.name) holds no graph '\(graph)'")
    }
    return GraphRequest(
      url: try url(of: artifact), artifact: artifact, graph: spec, units: variant.units,
      threads: threads)
  }
}
