import Foundation
import H3AEDemoCore
import H3AEKit
import H3AEVideo
import Observation

/// One clip: where it comes from, what became of it, decoded one way or two.
@MainActor
@Observable
final class StudioModel {
  let library: Library
  private(set) var state = StudioState()
  private(set) var playback = Playback(frames: 0, fps: 24)
  var split = ComparisonSplit()
  private(set) var clip: StudioClip?
  /// What was encoded; empty for a clip that came as latents.
  private(set) var original: [ShownFrame] = []
  private(set) var decodes: [Take: Decode] = [:]
  private(set) var take = Take.plain
  /// What a person wants to see beside the take, where there is a choice.
  var wantedReference = Reference.original
  /// How many frames of the original repeat its last one.
  private(set) var repeated = 0
  private(set) var saving = Saving.none
  private var task: Task<Void, Never>?
  private var repeatLast: (() -> Void)?
  private var isInterrupted = false

  /// The frames of one take.
  struct Decode {
    var frames: [ShownFrame] = []
    /// Of the worst frame against the original, in decibels.
    var quality: Double?
    var isComplete = false
  }

  enum Saving: Equatable {
    case none, running, done
    case failed(H3AEError)
  }

  init(library: Library) { self.library = library }

  private var manifest: Manifest { library.bundle.manifest }

  var canEncode: Bool { manifest.schedule.encode != nil }
  /// Whether a photo could be the first frame of the clip at hand.
  var canTakeFirstFrame: Bool { clip != nil && manifest.schedule.i2v != nil }
  var takes: [Take] { clip?.takes(by: manifest) ?? [] }
  var decoded: [ShownFrame] { decodes[take]?.frames ?? [] }

  var references: [Reference] {
    Reference.choices(
      for: take, hasOriginal: !original.isEmpty, hasPlain: decodes[.plain]?.isComplete == true)
  }

  /// What lies beside the decoded frames.
  var reference: Reference? {
    references.contains(wantedReference) ? wantedReference : references.first
  }

  var referenceFrames: [ShownFrame] {
    switch reference {
    case .original: original
    case .plain: decodes[.plain]?.frames ?? []
    case nil: []
    }
  }

  // MARK: What a person does

  /// Decodes latents.
  func open(_ latents: LatentClip) {
    begin { [self] request in
      clip = latents.clip
      try await decode(takes.first ?? .plain, request)
    }
    repeatLast = { [weak self] in self?.open(latents) }
  }

  /// Encodes a photo or video of the library and decodes it again.
  func open(_ picked: PickedFile) {
    begin { [self] request in
      guard let encode = manifest.schedule.encode else {
        throw H3AEError(
          .decodeUnsupported, "the bundle holds no encoder", advice: "export with --component both")
      }
      let read = try await Self.read(picked, with: reader, frames: encode.frames)
      repeated = read.repeated
      original = try await PictureMaker(video: manifest.video).shown(read.frames)
      clip = try await StudioClip(encoding: read.frames, with: library.decoder)
      try await decode(takes.first ?? .plain, request)
    }
    repeatLast = { [weak self] in self?.open(picked) }
  }

  /// Decodes the clip once more, with the features of a photo as its first frame.
  func openFirstFrame(_ picked: PickedFile) {
    continueWork { [self] request in
      clip?.firstFrame = try await Self.photo(picked, with: reader)
      decodes[.conditioned] = nil
      try await decode(.conditioned, request)
    }
    repeatLast = { [weak self] in self?.openFirstFrame(picked) }
  }

  /// What a picker shows and changes: another take is decoded when it is asked for.
  var shownTake: Take {
    get { take }
    set {
      guard newValue != take else { return }
      if let known = decodes[newValue], known.isComplete {
        task?.cancel()
        show(newValue)
      } else {
        decodeAgain(newValue)
      }
    }
  }

  /// Decodes the clip at hand in a way that is not whole yet, be it the one that is shown.
  private func decodeAgain(_ wanted: Take) {
    continueWork { [self] request in try await decode(wanted, request) }
    repeatLast = { [weak self] in self?.decodeAgain(wanted) }
  }

  func retry() { repeatLast?() }

  /// Shows a failure that came before there was anything to run.
  func fail(_ error: any Error) { state.end(with: error, for: state.begin()) }

  /// Stops what is going on; what was whole before is shown again.
  func cancel() {
    task?.cancel()
    state.cancel()
    if let whole = decodes.first(where: { $0.value.isComplete })?.key { show(whole) }
  }

  /// The GPU is not for apps in the background: what is going on stops, to begin anew when the app
  /// comes back.
  func enterBackground() {
    guard state.isBusy else { return }
    cancel()
    isInterrupted = true
  }

  func enterForeground() {
    guard isInterrupted else { return }
    isInterrupted = false
    retry()
  }

  func togglePlaying() {
    let now = Self.now
    if playback.isPlaying { playback.pause(at: now) } else { playback.play(at: now) }
  }

  /// What a slider shows and moves.
  var shownFrame: Double {
    get { Double(playback.frame(at: Self.now)) }
    set { playback.seek(to: Int(newValue)) }
  }

  /// Writes the decoded clip as a video and puts it into the photo library.
  func save() {
    guard saving != .running, !decoded.isEmpty else { return }
    saving = .running
    let frames = decoded.map(\.image)
    let video = manifest.video
    Task {
      do {
        let file = TemporaryFile(named: "h3ae.mp4")
        let writer = try VideoFileWriter(to: file.url, video: video)
        for frame in frames { try await writer.append(frame) }
        try await writer.finish()
        try await PhotoLibrary.save(videoAt: file.url)
        saving = .done
      } catch {
        saving = .failed(H3AEError(anyError: error))
      }
    }
  }

  /// A steady clock in seconds.
  static var now: Double { ProcessInfo.processInfo.systemUptime }

  // MARK: Work

  /// Begins with another clip.
  private func begin(_ work: @escaping @MainActor (_ request: Int) async throws -> Void) {
    clip = nil
    original = []
    decodes = [:]
    take = .plain
    repeated = 0
    playback = Playback(frames: 0, fps: manifest.video.fps)
    continueWork(work)
  }

  /// Begins something with the clip at hand, in place of what is going on.
  private func continueWork(_ work: @escaping @MainActor (_ request: Int) async throws -> Void) {
    task?.cancel()
    saving = .none
    let request = state.begin()
    task = Task {
      let watching = Task { await watchLoading(request) }
      do {
        try await work(request)
      } catch {
        state.end(with: error, for: request)
      }
      watching.cancel()
    }
  }

  private func watchLoading(_ request: Int) async {
    for await load in await library.decoder.states() { state.load(load, for: request) }
  }

  private func decode(_ wanted: Take, _ request: Int) async throws {
    guard let clip else { return }
    let maker = try PictureMaker(video: manifest.video)
    let frames = try await clip.frames(wanted, with: library.decoder)
    try Task.checkCancellation()
    decodes[wanted] = Decode()
    take = wanted
    playback = Playback(frames: 0, fps: manifest.video.fps)
    var worst: Double?
    for try await frame in frames {
      let quality = try await Self.quality(of: frame, clip)
      let shown = try await maker.shown(frame)
      try Task.checkCancellation()
      worst = quality.map { min(worst ?? $0, $0) }
      decodes[wanted]?.frames.append(shown)
      playback.frames = frame.index + 1
      if frame.index + 1 == frame.total {
        decodes[wanted]?.quality = worst
        decodes[wanted]?.isComplete = true
      }
      state.decoded(frame.index + 1, of: frame.total, for: request)
    }
    playback.play(at: Self.now)
  }

  private func show(_ whole: Take) {
    take = whole
    saving = .none
    playback = Playback(frames: decoded.count, fps: manifest.video.fps)
    state.show(frames: decoded.count)
    playback.play(at: Self.now)
  }

  private var reader: ClipReader {
    ClipReader(width: manifest.video.width, height: manifest.video.height)
  }

  private nonisolated static func quality(
    of frame: Frame, _ clip: StudioClip
  ) async throws -> Double? {
    try clip.quality(of: frame)
  }

  private nonisolated static func photo(
    _ picked: PickedFile, with reader: ClipReader
  ) async throws -> Tensor {
    try reader.photo(at: picked.file.url)
  }

  private nonisolated static func read(
    _ picked: PickedFile, with reader: ClipReader, frames: Int
  ) async throws -> ClipReader.Clip {
    switch picked.kind {
    case .video: try await reader.video(at: picked.file.url, frames: frames)
    case .photo: try reader.still(at: picked.file.url, frames: frames)
    }
  }
}
