import Foundation
import H3AEDemoCore
import H3AEKit
import H3AEVideo
import Observation

/// One clip: where it comes from, what became of it.
@MainActor
@Observable
final class StudioModel {
  let library: Library
  private(set) var state = StudioState()
  private(set) var playback = Playback(frames: 0, fps: 24)
  var split = ComparisonSplit()
  /// What was encoded; empty for a clip that came as latents.
  private(set) var original: [ShownFrame] = []
  private(set) var decoded: [ShownFrame] = []
  /// Of the worst frame against the original, in decibels.
  private(set) var quality: Double?
  /// How many frames of the original repeat its last one.
  private(set) var repeated = 0
  private(set) var saving = Saving.none
  private var task: Task<Void, Never>?

  enum Saving: Equatable {
    case none, running, done
    case failed(H3AEError)
  }

  init(library: Library) { self.library = library }

  var canEncode: Bool { library.bundle.manifest.schedule.encode != nil }

  /// Decodes latents.
  func open(_ clip: LatentClip) {
    run { [self] request in
      try await decode(clip.latents, request)
    }
  }

  /// Encodes a photo or video of the library and decodes it again.
  func open(_ file: PickedFile) {
    run { [self] request in
      defer { file.discard() }
      guard let encode = library.bundle.manifest.schedule.encode else {
        throw H3AEError(
          .decodeUnsupported, "the bundle holds no encoder", advice: "export with --component both")
      }
      let video = library.bundle.manifest.video
      let reader = ClipReader(width: video.width, height: video.height)
      let clip = try await Self.read(file, with: reader, frames: encode.frames)
      repeated = clip.repeated
      original = try await PictureMaker(video: video).shown(clip.frames)
      let latents = try await library.decoder.encode(clip.frames)
      try await decode(latents, request, against: clip.frames)
    }
  }

  /// Shows a failure that came before there was anything to run.
  func fail(_ error: any Error) { state.end(with: error, for: state.begin()) }

  func cancel() {
    task?.cancel()
    state.cancel()
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
    let video = library.bundle.manifest.video
    Task {
      do {
        let file = AppFolders.temporary("h3ae.mp4")
        defer { try? FileManager.default.removeItem(at: file) }
        let writer = try VideoFileWriter(to: file, video: video)
        for frame in frames { try await writer.append(frame) }
        try await writer.finish()
        try await PhotoLibrary.save(videoAt: file)
        saving = .done
      } catch {
        saving = .failed(H3AEError(anyError: error))
      }
    }
  }

  /// A steady clock in seconds.
  static var now: Double { ProcessInfo.processInfo.systemUptime }

  // MARK: Work

  private func run(_ work: @escaping @MainActor (_ request: Int) async throws -> Void) {
    task?.cancel()
    let request = state.begin()
    original = []
    decoded = []
    quality = nil
    repeated = 0
    saving = .none
    playback = Playback(frames: 0, fps: library.bundle.manifest.video.fps)
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

  private func decode(_ latents: Tensor, _ request: Int, against clip: Tensor? = nil) async throws {
    let maker = try PictureMaker(video: library.bundle.manifest.video)
    var worst: Double?
    for try await frame in library.decoder.frames(from: latents) {
      try Task.checkCancellation()
      decoded.append(try await maker.shown(frame))
      if let clip {
        let psnr = try await Self.psnr(frame, clip)
        worst = min(worst ?? psnr, psnr)
      }
      playback.frames = decoded.count
      if frame.index + 1 == frame.total { quality = worst }
      state.decoded(frame.index + 1, of: frame.total, for: request)
    }
    playback.play(at: Self.now)
  }

  private nonisolated static func psnr(_ frame: Frame, _ clip: Tensor) async throws -> Double {
    let original = clip.rows(frame.index..<frame.index + 1)
      .reshaped(Array(clip.shape.dropFirst()))
    return try frame.rgb().psnr(against: original)
  }

  private nonisolated static func read(
    _ file: PickedFile, with reader: ClipReader, frames: Int
  ) async throws -> ClipReader.Clip {
    switch file.kind {
    case .video: try await reader.video(at: file.url, frames: frames)
    case .photo: try reader.still(at: file.url, frames: frames)
    }
  }
}
