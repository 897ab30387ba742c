extension Manifest {
  /// The manifest of one of the sizes alone, with what a decoder needs for it.
  ///
  /// - Throws: `artifact.unknown`, naming the sizes there are.
  public func at(height: Int, width: Int) throws -> Manifest {
    guard (height, width) != (video.height, video.width) else { return self }
    guard let size = sizes.first(where: { ($0.height, $0.width) == (height, width) }) else {
      let known = ["\(video.height)x\(video.width)"] + sizes.map { "\($0.height)x\($0.width)" }
      throw H3AEError(
        .artifactUnknown, "\(name) holds nothing for \(height)x\(width)",
        advice: "there is: \(known.joined(separator: ", "))")
    }
    return Manifest(self, at: size)
  }

  private init(_ whole: Manifest, at size: Size) {
    schemaVersion = whole.schemaVersion
    name = whole.name
    createdBy = whole.createdBy
    model = whole.model
    video = Video(whole.video, height: size.height, width: size.width)
    graphs = whole.graphs
    artifacts = whole.artifacts
    schedule = size.schedule
    memory = whole.memory?.only(size.schedule.graphs)
    golden = size.golden
    sizes = []
  }
}

extension Manifest.Video {
  fileprivate init(_ other: Manifest.Video, height: Int, width: Int) {
    self.height = height
    self.width = width
    frames = other.frames
    frameLaw = other.frameLaw
    colour = other.colour
    fps = other.fps
  }
}

extension Manifest.Memory {
  /// The memory of some graphs: all of their weights and caches, the largest activations.
  fileprivate func only(_ graphs: Set<String>) -> Manifest.Memory? {
    let own = stages.filter { graphs.contains($0.key) }
    guard let largest = own.values.map(\.activations).max() else { return nil }
    let peak = own.values.reduce(largest) { $0 + $1.weights + $1.caches }
    return Manifest.Memory(stages: own, peak: peak, method: method)
  }
}

extension Manifest.Schedule {
  /// The graphs that it runs.
  var graphs: Set<String> {
    var names: Set<String> = []
    if let encode { names.insert(encode.graph) }
    if let i2v { names.insert(i2v.encoder) }
    let clips = [clip, i2v?.clip].compactMap(\.self).map(DecodePlan.clip)
    let streams = [stream, i2v?.stream].compactMap(\.self).map(DecodePlan.stream)
    for decode in clips + streams { names.formUnion(decode.graphs) }
    return names
  }
}
