/// Everything a decoder needs to know before it opens the first artifact: `manifest.json`, as
/// `docs/bundle.md` describes it.
///
/// A manifest is made by `ManifestReader` alone, so all that it says holds together.
public struct Manifest: Sendable, Equatable {
  /// "major.minor"; the major one is always this reader's.
  public let schemaVersion: String
  /// Of the bundle, without its suffix.
  public let name: String
  /// Tool to version.
  public let createdBy: [String: String]
  public let model: Model
  public let video: Video
  /// Name to graph; schedule and artifacts refer to these names.
  public let graphs: [String: Graph]
  /// The preferred ones first.
  public let artifacts: [Artifact]
  public let schedule: Schedule
  public let memory: Memory?
  public let golden: Golden?
  /// What else than `video` the bundle decodes (format 1.1).
  public let sizes: [Size]

  /// The golden tensors of all sizes.
  public var goldenFiles: [GoldenTensor] {
    ([golden] + sizes.map(\.golden)).compactMap(\.self).flatMap(\.files)
  }

  /// Shape of latent frames, `[T', Z, H', W']`.
  public func latentShape(_ frames: Int) -> [Int] {
    [
      frames, model.latentChannels, video.height / model.compression.height,
      video.width / model.compression.width,
    ]
  }

  /// Shape of video frames, `[T, 3, H, W]`.
  public func frameShape(_ frames: Int) -> [Int] { [frames, 3, video.height, video.width] }
}

extension Manifest {
  /// The autoencoder.
  public struct Model: Sendable, Equatable {
    /// For instance `h3ae-8x32x32`.
    public let name: String
    public let compression: Compression
    public let latentChannels: Int
    /// One a channel: normalised = (raw - mean) / std.
    public let latentMean: [Double]
    public let latentStd: [Double]
    public let parameters: Int
    /// Of the checkpoint that was exported.
    public let checkpointSHA256: String
    /// Of the weights.
    public let licence: String
    public let note: String
  }

  /// Factors over time, height and width.
  public struct Compression: Sendable, Equatable {
    public let time: Int
    public let height: Int
    public let width: Int
  }

  /// The frames that come out: RGB in [-1, 1].
  public struct Video: Sendable, Equatable {
    public let height: Int
    public let width: Int
    /// Of a clip; nil where the bundle only streams or encodes.
    public let frames: Int?
    public let frameLaw: FrameLaw
    public let colour: Colour
    /// Default rate for playing and writing.
    public let fps: Double
  }

  /// How to tag the frames; their range is always full, -1 black and 1 white.
  public struct Colour: Sendable, Equatable {
    /// Primaries and, where a consumer converts to Y'CbCr, its matrix.
    public enum Space: String, Sendable, CaseIterable { case bt709 }
    /// Curve of the RGB values.
    public enum Transfer: String, Sendable, CaseIterable { case srgb, bt709 }

    public let space: Space
    public let transfer: Transfer
  }

  /// A network of fixed shapes, whatever file it is in.
  public struct Graph: Sendable, Equatable {
    /// `temporal`, `frame`, `first`, `next`, `encoder`, `image_encoder`, or unknown here.
    public let role: String
    /// In the order of the positional arguments, for runtimes without names.
    public let inputs: [TensorSpec]
    public let outputs: [TensorSpec]
    /// On the `next` graph of a stream: what a step hands to the following one.
    public let caches: [Cache]

    /// Inputs that take first-frame features.
    public var conditions: [TensorSpec] { inputs.filter { $0.kind == .condition } }

    public func input(_ kind: TensorSpec.Kind) -> TensorSpec? { inputs.first { $0.kind == kind } }
    public func output(_ kind: TensorSpec.Kind) -> TensorSpec? { outputs.first { $0.kind == kind } }
  }

  /// Output `output` of one streaming step is input `input` of the next.
  public struct Cache: Sendable, Equatable {
    public let input: String
    public let output: String
  }

  /// One file, or one entry of a file, for one graph.
  public struct Artifact: Sendable, Equatable {
    /// What the file is: `coreml`, `coreai`, `executorch`, `onnx`, or unknown here.
    public let target: String
    /// What runs it: `mlprogram`, `xnnpack`, `onnxruntime`, ...
    public let backend: String
    /// Key of `Manifest.graphs`.
    public let graph: String
    /// `fp32`, `fp16`, `int8`, ...
    public let precision: String
    /// Method or function in the file.
    public let entry: String
    /// Relative to the bundle; a file or a folder.
    public let file: String
    public let bytes: Int
    public let sha256: String
    /// Floating type exchanged with this file, where it is not the graph's.
    public let ioType: ElementType?
    /// Outputs of kind `frames` that come as pixels.
    public let imageOutputs: [String]
    /// Cache inputs that the runtime holds as state; they and their outputs are not exchanged.
    public let states: [String]
    /// Platform to release.
    public let minimumOS: [String: String]
    /// Units it was prepared for.
    public let computeUnits: ComputeUnits?
    /// Backend to the number of its calls.
    public let delegates: [String: Int]
    public let options: [String: String]
    /// nil: never checked against the reference.
    public let parity: Parity?
    public var verified: Bool { parity != nil }
  }

  /// How far the saved file is from the reference, measured by the exporter.
  public struct Parity: Sendable, Equatable {
    public let worstPSNR: Double
    public let meanPSNR: Double
    public let maxAbs: Double
    public let threshold: Double
    public let frames: Int
    public let runtime: String
    public let height: Int
    public let width: Int
    public let seamPSNR: Double?
    public let oneShotPSNR: Double?
  }

  /// What the bundle can do; at least one of these.
  public struct Schedule: Sendable, Equatable {
    public let clip: Clip?
    public let stream: Stream?
    public let i2v: ImageToVideo?
    public let encode: Encode?
  }

  /// A clip of one length: one call of `temporal`, then `frame` on `framesPerCall` at a time.
  public struct Clip: Sendable, Equatable {
    public let temporal: String
    public let frame: String
    public let framesPerCall: Int
    public let latents: Int
    public let frames: Int
  }

  /// Any number of latent frames: `first` for the first one, `next` for each later one.
  public struct Stream: Sendable, Equatable {
    public let first: String
    public let next: String
    public let frame: String
    public let framesPerCall: Int
    /// Latent frames that the temporal attention sees, the current one included.
    public let attentionWindow: Int
    public let framesFirst: Int
    public let framesNext: Int
  }

  /// A further size of the frames, with graphs of its own in files that it shares.
  public struct Size: Sendable, Equatable {
    public let height: Int
    public let width: Int
    public let schedule: Schedule
    public let golden: Golden?
  }

  /// Decoding with the features of a first frame (Eq. 1 of the paper).
  public struct ImageToVideo: Sendable, Equatable {
    public let encoder: String
    public let conditions: [Condition]
    public let clip: Clip?
    public let stream: Stream?
  }

  /// Output `output` of the image encoder feeds every decoder input named `input`.
  public struct Condition: Sendable, Equatable {
    public let output: String
    public let input: String
  }

  /// One call of `graph` turns `frames` frames into `latents` latent frames.
  public struct Encode: Sendable, Equatable {
    public let graph: String
    public let frames: Int
    public let latents: Int
  }

  /// Estimated bytes above the app itself.
  public struct Memory: Sendable, Equatable {
    public struct Stage: Sendable, Equatable {
      public let weights: Int
      public let activations: Int
      public let caches: Int
    }
    public let stages: [String: Stage]
    /// Of a whole decode, all stages loaded.
    public let peak: Int
    public let method: String
  }

  /// Real latents and the reference's frames for them.
  public struct Golden: Sendable, Equatable {
    /// The clip, with its licence.
    public let source: String
    /// `[T', Z, H', W']`, normalised.
    public let latents: GoldenTensor
    /// `[n, 3, H, W]`: float16 in [-1, 1], or uint8 with value = 2 x / 255 - 1.
    public let frames: GoldenTensor
    /// Which frames of the decoded clip those are, ascending.
    public let frameIndices: [Int]
    /// `[1, 3, H, W]`: the first frame, of bundles for I2V.
    public let image: GoldenTensor?
    /// `frames` of the decode with the features of `image`, of the same indices (format 1.2).
    public let conditioned: GoldenTensor?
    /// Precision of the artifact under test to what it must reach.
    public let tolerance: [String: Tolerance]

    public var files: [GoldenTensor] { [latents, frames, image, conditioned].compactMap(\.self) }
  }

  /// A safetensors file of one tensor.
  public struct GoldenTensor: Sendable, Equatable {
    public let file: String
    public let tensor: String
    public let type: ElementType
    public let shape: [Int]
    public let bytes: Int
    public let sha256: String
  }

  /// What a decode of the golden latents must reach over all golden frames.
  public struct Tolerance: Sendable, Equatable {
    public let maxAbs: Double
    /// Of the worst frame, for a peak-to-peak range of 2.
    public let psnr: Double
  }
}
