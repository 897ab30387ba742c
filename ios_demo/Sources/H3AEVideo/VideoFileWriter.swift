#if canImport(AVFoundation)
  import AVFoundation
  import CoreMedia
  import CoreVideo
  import H3AEKit

  /// Writes frames to an H.264 file, tagged BT.709, as they are decoded.
  ///
  ///     let writer = try VideoFileWriter(to: url, video: bundle.manifest.video)
  ///     for try await frame in decoder.frames(from: latents) { try await writer.append(frame) }
  ///     try await writer.finish()
  ///
  /// The file appears at its place when it is whole. Whatever stops the writer before leaves
  /// nothing there, and an older file as it was.
  public actor VideoFileWriter {
    private let destination: URL
    private let temporary: TemporaryFile
    private let writer: AVAssetWriter
    private let input: AVAssetWriterInput
    private let adaptor: AVAssetWriterInputPixelBufferAdaptor
    private let renderer: FrameRenderer
    private let clock: FrameClock
    private var written = 0
    private var isOpen = true

    /// - Throws: `install.storage` if the file cannot be made, `decode.unsupported` for a size that
    ///   H.264 does not take.
    public init(to destination: URL, video: Manifest.Video) throws {
      guard video.width % 2 == 0, video.height % 2 == 0 else {
        throw H3AEError(
          .decodeUnsupported,
          "a video file needs an even width and height, "
            + "not \(video.width) x \(video.height)")
      }
      self.destination = destination
      temporary = TemporaryFile(beside: destination)
      renderer = try FrameRenderer(video: video)
      clock = FrameClock(fps: video.fps)
      do {
        writer = try AVAssetWriter(outputURL: temporary.url, fileType: .mp4)
      } catch {
        throw Self.failure(error)
      }
      input = AVAssetWriterInput(mediaType: .video, outputSettings: Self.settings(for: video))
      input.expectsMediaDataInRealTime = false
      adaptor = AVAssetWriterInputPixelBufferAdaptor(
        assetWriterInput: input, sourcePixelBufferAttributes: nil)
      guard writer.canAdd(input) else {
        throw H3AEError(
          .installStorage, "this device writes no video of \(video.width) x \(video.height)")
      }
      writer.add(input)
      guard writer.startWriting() else { throw Self.failure(writer.error) }
      writer.startSession(atSourceTime: .zero)
    }

    /// Appends a frame; waits until the encoder takes it.
    ///
    /// - Throws: `install.storage` if the file cannot be written, `CancellationError`.
    public func append(_ frame: Frame) async throws {
      try await append(renderer.image(of: frame))
    }

    /// Appends a picture of the video's size; waits until the encoder takes it.
    ///
    /// - Throws: as above.
    public func append(_ image: PixelBufferImage) async throws {
      guard isOpen else { throw H3AEError(.decodeState, "the video file is closed") }
      // The encoder says when it is ready, but only to observers of a key path: asking is simpler,
      // and 2 ms are little beside a frame.
      while !input.isReadyForMoreMediaData {
        guard writer.status == .writing else { throw Self.failure(writer.error) }
        try await Task.sleep(for: .milliseconds(2))
      }
      let position = clock.position(of: written)
      let time = CMTime(value: position.value, timescale: position.timescale)
      guard adaptor.append(image.buffer, withPresentationTime: time) else {
        throw Self.failure(writer.error)
      }
      written += 1
    }

    /// Finishes the file and moves it to its place.
    ///
    /// - Throws: `install.storage`; nothing is left then.
    public func finish() async throws {
      guard isOpen else { throw H3AEError(.decodeState, "the video file is closed") }
      isOpen = false
      input.markAsFinished()
      await withCheckedContinuation { done in
        writer.finishWriting { done.resume() }
      }
      do {
        guard writer.status == .completed else { throw Self.failure(writer.error) }
        let files = FileManager.default
        if files.fileExists(atPath: destination.path) {
          _ = try files.replaceItemAt(destination, withItemAt: temporary.url)
        } else {
          try files.moveItem(at: temporary.url, to: destination)
        }
      } catch {
        temporary.remove()
        throw (error as? H3AEError) ?? Self.failure(error)
      }
    }

    /// Gives up, and leaves nothing.
    public func cancel() {
      guard isOpen else { return }
      isOpen = false
      writer.cancelWriting()
      temporary.remove()
    }

    private static func settings(for video: Manifest.Video) -> [String: Any] {
      [
        AVVideoCodecKey: AVVideoCodecType.h264,
        AVVideoWidthKey: video.width,
        AVVideoHeightKey: video.height,
        AVVideoColorPropertiesKey: [
          AVVideoColorPrimariesKey: AVVideoColorPrimaries_ITU_R_709_2,
          AVVideoTransferFunctionKey: AVVideoTransferFunction_ITU_R_709_2,
          AVVideoYCbCrMatrixKey: AVVideoYCbCrMatrix_ITU_R_709_2,
        ],
      ]
    }

    private static func failure(_ error: (any Error)?) -> H3AEError {
      H3AEError(
        .installStorage,
        "the video cannot be written: \(error?.localizedDescription ?? "no reason given")",
        advice: "make room on the device and try again")
    }
  }
#endif
