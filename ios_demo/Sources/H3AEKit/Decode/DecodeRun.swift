/// One decode: what has been computed and not been asked for yet, and the caches of its stream.
///
/// Work is done in `next` alone, one call of a graph after the other, so whoever stops asking stops
/// the work, and memory is bounded: a clip holds its features and one call of the frame stage, a
/// stream its caches and one step.
actor DecodeRun {
  private let pool: SessionPool
  private let plan: DecodePlan
  private let latents: Tensor
  private let conditions: [String: Tensor]
  private let total: Int
  private let isTest: Bool

  private var ticket: SessionPool.Ticket?
  private var step = 0
  private var caches: [String: Tensor] = [:]
  /// What the temporal stage has given, and how much of it has become pixels.
  private var features: Tensor?
  private var featureRow = 0
  /// Pixels that wait to be asked for.
  private var pending: ArraySlice<Frame.Content> = []
  private var done = 0
  private var isAsked = false
  private var isOver = false

  /// - Parameter isTest: ends no decode that goes on, where it can: no session holds a clip's caches.
  init(
    pool: SessionPool, plan: DecodePlan, latents: Tensor, conditions: [String: Tensor],
    isTest: Bool = false
  ) {
    self.isTest = isTest
    self.pool = pool
    self.plan = plan
    self.latents = latents
    self.conditions = conditions
    total = plan.frames(latents: latents.count)
  }

  /// The next frame, or nil after the last one.
  func next() async throws -> Frame? {
    guard !isOver else { return nil }
    guard !isAsked else {
      throw H3AEError(.decodeState, "a frame was asked for while the one before was computed")
    }
    isAsked = true
    do {
      let frame = try await compute()
      isAsked = false
      if frame == nil { finish() }
      return frame
    } catch {
      isAsked = false
      finish()
      throw error
    }
  }

  private func finish() {
    isOver = true
    caches = [:]
    features = nil
    pending = []
  }

  private func compute() async throws -> Frame? {
    while pending.isEmpty {
      try Task.checkCancellation()
      if let features {
        try await decodePixels(features)
      } else if step < plan.steps(latents: latents.count) {
        try await decodeFeatures()
      } else {
        return nil
      }
    }
    return pending.popFirst().map(frame)
  }

  /// One call of the temporal stage.
  private func decodeFeatures() async throws {
    let ticket = try await begun()
    let (name, range) = plan.step(step)
    let graph = try graph(name)
    var inputs = conditions(of: graph)
    for (input, tensor) in caches { inputs[input] = tensor }
    inputs[try input(.latents, graph)] = latents.rows(range)
    // They are the runtime's now; two generations need not be alive at once.
    caches = [:]
    let outputs = try await pool.run(name, inputs, ticket)
    caches = try handedOver(outputs)
    features = try tensor(.features, graph, outputs)
    featureRow = 0
    step += 1
  }

  /// The first call's ticket; a stream forgets what an older one left in the runtime.
  private func begun() async throws -> SessionPool.Ticket? {
    if let ticket { return ticket }
    if isTest, plan.mode == .clip { return nil }
    let ticket = await pool.begin()
    self.ticket = ticket
    if case .stream(let stream) = plan { try await pool.reset(stream.next, ticket) }
    return ticket
  }

  /// What this step of a stream leaves for the next one. A session whose runtime keeps caches as
  /// states returns none of them after the first step.
  private func handedOver(_ outputs: [String: GraphOutput]) throws -> [String: Tensor] {
    guard case .stream(let stream) = plan, step + 1 < latents.count else { return [:] }
    var result: [String: Tensor] = [:]
    for cache in try graph(stream.next).caches {
      if case .tensor(let tensor)? = outputs[cache.output] { result[cache.input] = tensor }
    }
    return result
  }

  /// One call of the frame stage. Where fewer features are left than it takes, the last is repeated,
  /// and the surplus dropped.
  private func decodePixels(_ features: Tensor) async throws {
    let name = plan.frame
    let graph = try graph(name)
    let end = min(featureRow + plan.framesPerCall, features.count)
    let part = features.rows(featureRow..<end).padded(to: plan.framesPerCall)
    var inputs = conditions(of: graph)
    inputs[try input(.features, graph)] = part
    let outputs = try await pool.run(name, inputs, ticket)
    pending = try pixels(graph, outputs, count: end - featureRow)[...]
    featureRow = end
    if end == features.count { self.features = nil }
  }

  private func pixels(
    _ graph: Manifest.Graph, _ outputs: [String: GraphOutput], count: Int
  ) throws -> [Frame.Content] {
    guard let spec = graph.output(.frames), let output = outputs[spec.name] else {
      throw H3AEError(.engineRun, "the frame stage gave no frames")
    }
    switch output {
    case .image(let image):
      guard plan.framesPerCall == 1 else {
        throw H3AEError(.engineRun, "the frame stage gave one picture for several frames")
      }
      return [.image(image)]
    case .tensor(let tensor):
      return try (0..<count).map { index in
        let frame = tensor.rows(index..<index + 1).reshaped(Array(tensor.shape.dropFirst()))
        guard frame.isFinite else {
          throw H3AEError(
            .engineOutput, "frame \(done + index) holds numbers that are not finite",
            advice: "decode on other compute units, or with artifacts of precision fp32")
        }
        return .tensor(frame)
      }
    }
  }

  private func frame(_ content: Frame.Content) -> Frame {
    defer { done += 1 }
    let video = pool.bundle.manifest.video
    return Frame(
      index: done, total: total, width: video.width, height: video.height,
      time: Double(done) / video.fps, colour: video.colour, content: content)
  }

  // MARK: Graphs

  private func graph(_ name: String) throws -> Manifest.Graph {
    guard let graph = pool.bundle.manifest.graphs[name] else {
      throw H3AEError(.manifestReference, "there is no graph '\(name)'")
    }
    return graph
  }

  private func conditions(of graph: Manifest.Graph) -> [String: Tensor] {
    let names = Set(graph.conditions.map(\.name))
    return conditions.filter { names.contains($0.key) }
  }

  private func input(_ kind: TensorSpec.Kind, _ graph: Manifest.Graph) throws -> String {
    guard let spec = graph.input(kind) else {
      throw H3AEError(.manifestReference, "a graph takes no \(kind.rawValue)")
    }
    return spec.name
  }

  private func tensor(
    _ kind: TensorSpec.Kind, _ graph: Manifest.Graph, _ outputs: [String: GraphOutput]
  ) throws -> Tensor {
    guard let spec = graph.output(kind), case .tensor(let tensor)? = outputs[spec.name],
      tensor.shape == spec.shape
    else {
      throw H3AEError(.engineRun, "a graph did not give the \(kind.rawValue) that it states")
    }
    return tensor
  }
}

extension Tensor {
  /// With the last row repeated until there are so many.
  fileprivate func padded(to count: Int) -> Tensor {
    guard self.count < count else { return self }
    let rowBytes = byteCount / self.count
    return Tensor(shape: [count] + shape.dropFirst(), type: type) { target in
      withUnsafeBytes { source in
        for row in 0..<count {
          let start = min(row, self.count - 1) * rowBytes
          UnsafeMutableRawBufferPointer(rebasing: target[(row * rowBytes)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + rowBytes]))
        }
      }
    }
  }
}
