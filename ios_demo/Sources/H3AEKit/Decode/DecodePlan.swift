/// How latents become frames.
public enum DecodeMode: String, Sendable, CaseIterable {
  /// The temporal stage sees the whole clip at once.
  case clip
  /// One latent frame after the other, in memory that does not grow: the first frame comes earliest.
  case stream
}

/// What is trusted by itself, since its graphs are others: a mode, with a first frame or without.
public struct DecodeWay: Sendable, Hashable, CustomStringConvertible {
  public let mode: DecodeMode
  /// With the features of a first frame.
  public let conditioned: Bool

  public init(_ mode: DecodeMode, conditioned: Bool = false) {
    self.mode = mode
    self.conditioned = conditioned
  }

  /// For instance "stream with a first frame".
  public var description: String { mode.rawValue + (conditioned ? " with a first frame" : "") }
}

/// One of a bundle's ways to decode.
enum DecodePlan: Sendable, Equatable {
  case clip(Manifest.Clip)
  case stream(Manifest.Stream)

  var mode: DecodeMode {
    switch self {
    case .clip: .clip
    case .stream: .stream
    }
  }

  /// The graph that turns features into pixels.
  var frame: String {
    switch self {
    case .clip(let clip): clip.frame
    case .stream(let stream): stream.frame
    }
  }

  var framesPerCall: Int {
    switch self {
    case .clip(let clip): clip.framesPerCall
    case .stream(let stream): stream.framesPerCall
    }
  }

  /// In the order of their first call.
  var graphs: [String] {
    switch self {
    case .clip(let clip): [clip.temporal, clip.frame]
    case .stream(let stream): [stream.first, stream.frame, stream.next]
    }
  }

  /// Graph and latent frames of every call of the temporal stage.
  func step(_ index: Int) -> (graph: String, latents: Range<Int>) {
    switch self {
    case .clip(let clip): (clip.temporal, 0..<clip.latents)
    case .stream(let stream): (index == 0 ? stream.first : stream.next, index..<index + 1)
    }
  }

  func steps(latents: Int) -> Int { mode == .clip ? 1 : latents }

  /// Frames in all.
  func frames(latents: Int) -> Int {
    switch self {
    case .clip(let clip): clip.frames
    case .stream(let stream): stream.framesFirst + (latents - 1) * stream.framesNext
    }
  }
}

extension Manifest {
  /// Ways to decode so many latent frames, the preferred one first.
  ///
  /// - Throws: `decode.unsupported`, with what the bundle can do instead.
  func plans(latents: Int, conditioned: Bool, mode: DecodeMode?) throws -> [DecodePlan] {
    guard latents >= 1 else { throw H3AEError(.tensorShape, "there are no latents to decode") }
    let (clip, stream) = try ways(conditioned: conditioned)
    var plans: [DecodePlan] = []
    if let clip, clip.latents == latents { plans.append(.clip(clip)) }
    if let stream { plans.append(.stream(stream)) }
    plans = plans.filter { mode == nil || $0.mode == mode }
    guard plans.isEmpty else { return plans }
    if let clip, mode != .stream {
      throw H3AEError(
        .decodeUnsupported,
        "\(latents) latent frames do not fit: the bundle decodes clips of \(clip.latents)",
        advice: "export with --mode both for any length")
    }
    throw H3AEError(
      .decodeUnsupported, "the bundle does not decode \(mode.map { "a \($0.rawValue)" } ?? "")",
      advice: "export with --mode both")
  }

  /// The way to decode that a bundle is loaded for: the first that it has.
  var defaultGraphs: [String] {
    let ways = [
      schedule.clip.map(DecodePlan.clip), schedule.stream.map(DecodePlan.stream),
      schedule.i2v?.clip.map(DecodePlan.clip), schedule.i2v?.stream.map(DecodePlan.stream),
    ]
    return ways.compactMap(\.self).first?.graphs ?? schedule.encode.map { [$0.graph] } ?? []
  }

  func imageToVideo() throws -> ImageToVideo {
    guard let i2v = schedule.i2v else {
      throw H3AEError(
        .decodeUnsupported, "the bundle does not decode with a first frame",
        advice: "export with --component i2v")
    }
    return i2v
  }

  private func ways(conditioned: Bool) throws -> (Clip?, Stream?) {
    if conditioned {
      let i2v = try imageToVideo()
      return (i2v.clip, i2v.stream)
    }
    guard schedule.clip != nil || schedule.stream != nil else {
      throw H3AEError(
        .decodeUnsupported, "the bundle holds no decoder for latents alone",
        advice: schedule.i2v == nil ? "export with --component decoder" : "give it the first frame")
    }
    return (schedule.clip, schedule.stream)
  }
}
