import Foundation
import H3AEKit

#if canImport(AVFoundation)
  import H3AEVideo
#endif

struct DecodeCommand {
  private let bundle: ModelBundle
  private let latents: URL
  private let output: URL
  private let options: VideoDecoder.Options
  private let mode: DecodeMode?

  init(_ arguments: inout Arguments) throws {
    options = try arguments.decoderOptions()
    mode = try arguments.option("mode").map { word in
      guard let mode = DecodeMode(rawValue: word) else {
        throw UsageError(message: "--mode is clip or stream")
      }
      return mode
    }
    guard let output = try arguments.option("out") else {
      throw UsageError(message: "--out is missing")
    }
    self.output = URL(fileURLWithPath: output)
    let place = try arguments.place("a bundle")
    latents = try arguments.place("a file of latents")
    try arguments.finish()
    bundle = try ModelBundle.open(at: place)
  }

  func run() async throws {
    let tensors = try Safetensors(contentsOf: latents).tensors
    guard let latents = tensors["latents"] else {
      throw H3AEError(.tensorFormat, "\(latents.lastPathComponent) holds no tensor 'latents'")
    }
    let decoder = VideoDecoder(bundle: bundle, engines: try HostEngines.all(), options: options)
    let report = try await decoder.load()
    H3AECommand.tell("decoding with \(report.variant)")
    var firstFrame: FirstFrame?
    if let image = tensors["image"] { firstFrame = try await decoder.encodeImage(image) }
    let frames = decoder.frames(from: latents, firstFrame: firstFrame, mode: mode)
    print(try await write(frames))
  }

  private func write(_ frames: FrameSequence) async throws -> String {
    if ["mp4", "mov"].contains(output.pathExtension) { return try await writeVideo(frames) }
    return try await PictureFolder(output).write(frames)
  }

  private func writeVideo(_ frames: FrameSequence) async throws -> String {
    #if canImport(AVFoundation)
      let writer = try VideoFileWriter(to: output, video: bundle.manifest.video)
      for try await frame in frames { try await writer.append(frame) }
      try await writer.finish()
      return output.path
    #else
      throw H3AEError(
        .decodeUnsupported, "only a Mac writes video files",
        advice: "give --out a folder for pictures")
    #endif
  }
}
