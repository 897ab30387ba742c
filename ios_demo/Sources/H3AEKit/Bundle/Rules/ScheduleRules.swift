/// The schedule runs graphs that exist, fit together and keep the frame law.
extension Manifest {
  func checkSchedule() throws {
    if schedule.clip == nil, schedule.stream == nil, schedule.i2v == nil, schedule.encode == nil {
      throw Self.violation(.manifestReference, "schedule holds nothing to run")
    }
    if let clip = schedule.clip { try check(clip, "schedule.clip", nil) }
    if let stream = schedule.stream { try check(stream, "schedule.stream", nil) }
    if let i2v = schedule.i2v { try check(i2v) }
    if let encode = schedule.encode { try check(encode) }
    try checkLength()
  }

  /// `video.frames` is the length of every decoded clip, null where none is.
  private func checkLength() throws {
    let clips = [schedule.clip, schedule.i2v?.clip].compactMap(\.self)
    let lengths: Set<Int?> = clips.isEmpty ? [nil] : Set(clips.map(\.frames))
    guard lengths == [video.frames] else {
      let said = lengths.map { $0.map(String.init) ?? "null" }.sorted().joined(separator: " and ")
      throw Self.violation(
        .manifestFrames,
        "video.frames is \(video.frames.map(String.init) ?? "null"), the schedule says \(said)")
    }
  }

  private func check(_ clip: Clip, _ place: String, _ i2v: ImageToVideo?) throws {
    let temporal = try graph(clip.temporal, role: "temporal", "\(place).temporal")
    try checkLaw(latents: clip.latents, frames: clip.frames, place)
    try expect(clip.temporal, temporal, .inputs, .latents, latentShape(clip.latents))
    let features = try expectFeatures(clip.temporal, temporal, frames: clip.frames)
    try checkFrameGraph(clip.frame, count: clip.framesPerCall, place, features)
    try checkConditions([clip.temporal, clip.frame], place, i2v)
  }

  private func check(_ stream: Stream, _ place: String, _ i2v: ImageToVideo?) throws {
    let first = try graph(stream.first, role: "first", "\(place).first")
    let next = try graph(stream.next, role: "next", "\(place).next")
    for (name, count, expected) in [
      ("frames_first", stream.framesFirst, 1),
      ("frames_next", stream.framesNext, video.frameLaw.temporal),
    ] where count != expected {
      throw Self.violation(
        .manifestFrames, "\(place).\(name) is \(count), the frame law says \(expected)")
    }
    for (name, graph, count) in [
      (stream.first, first, stream.framesFirst), (stream.next, next, stream.framesNext),
    ] {
      try expect(name, graph, .inputs, .latents, latentShape(1))
      let features = try expectFeatures(name, graph, frames: count)
      try checkFrameGraph(stream.frame, count: stream.framesPerCall, place, features)
    }
    try checkHandover(stream, first, next)
    try checkConditions([stream.first, stream.next, stream.frame], place, i2v)
  }

  /// `first` gives, under the same names, all that `next` hands to its successor.
  private func checkHandover(_ stream: Stream, _ first: Graph, _ next: Graph) throws {
    let place = "graphs.\(stream.first).outputs"
    for cache in next.caches {
      guard let given = first.outputs.first(where: { $0.name == cache.output && $0.kind == .cache })
      else {
        throw Self.violation(
          .manifestReference,
          "\(place) hold no cache '\(cache.output)', which '\(stream.next)' needs")
      }
      guard let taken = next.inputs.first(where: { $0.name == cache.input }), given.fits(taken)
      else {
        throw Self.violation(
          .manifestShape,
          "\(place): '\(cache.output)' differs in shape or type from the input '\(cache.input)' "
            + "of '\(stream.next)'")
      }
    }
  }

  private func checkFrameGraph(
    _ name: String, count: Int, _ place: String, _ features: TensorSpec
  ) throws {
    let graph = try graph(name, role: "frame", "\(place).frame")
    try expect(name, graph, .inputs, .features, [count] + features.shape.dropFirst())
    try expect(name, graph, .outputs, .frames, frameShape(count))
  }

  private func check(_ i2v: ImageToVideo) throws {
    let encoder = try graph(i2v.encoder, role: "image_encoder", "schedule.i2v.encoder")
    try expect(i2v.encoder, encoder, .inputs, .image, frameShape(1))
    try checkSource(i2v, encoder)
    if let clip = i2v.clip { try check(clip, "schedule.i2v.clip", i2v) }
    if let stream = i2v.stream { try check(stream, "schedule.i2v.stream", i2v) }
  }

  private func check(_ encode: Encode) throws {
    let graph = try graph(encode.graph, role: "encoder", "schedule.encode.graph")
    try checkLaw(latents: encode.latents, frames: encode.frames, "schedule.encode")
    try expect(encode.graph, graph, .inputs, .video, frameShape(encode.frames))
    try expect(encode.graph, graph, .outputs, .latents, latentShape(encode.latents))
  }

  private func checkLaw(latents: Int, frames: Int, _ place: String) throws {
    let expected = video.frameLaw.frames(latents: latents)
    guard frames == expected else {
      throw Self.violation(
        .manifestFrames,
        "\(place).frames is \(frames), \(latents) latent frames decode to \(expected)")
    }
  }
}
