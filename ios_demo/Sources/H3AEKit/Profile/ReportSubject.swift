extension ProfileReport {
  /// The artifacts of a bundle that ran.
  public struct Subject: Sendable, Equatable, Encodable {
    /// Its name.
    public let bundle: String
    /// `ModelBundle.sha256()`.
    public let bundleSHA256: String
    public let model: String
    public let target: String
    public let backend: String
    public let precision: String

    public init(
      bundle: String, bundleSHA256: String, model: String, target: String, backend: String,
      precision: String
    ) {
      self.bundle = bundle
      self.bundleSHA256 = bundleSHA256
      self.model = model
      self.target = target
      self.backend = backend
      self.precision = precision
    }

    private enum CodingKeys: String, CodingKey {
      case bundle
      case bundleSHA256 = "bundle_sha256"
      case model, target, backend, precision
    }
  }

  /// One clip.
  public struct Workload: Sendable, Equatable, Encodable {
    public enum Mode: String, Sendable, CaseIterable, Encodable {
      /// One call of the temporal stage.
      case clip
      /// Latent by latent.
      case stream
      /// With a first frame.
      case i2v
    }

    public let mode: Mode
    /// That come out of one clip.
    public let frames: Int
    public let height: Int
    public let width: Int
    /// Frames that the frame stage turns into pixels at once.
    public let framesPerCall: Int

    public init(mode: Mode, frames: Int, height: Int, width: Int, framesPerCall: Int) {
      self.mode = mode
      self.frames = frames
      self.height = height
      self.width = width
      self.framesPerCall = framesPerCall
    }

    private enum CodingKeys: String, CodingKey {
      case mode, frames, height, width
      case framesPerCall = "frames_per_call"
    }
  }
}

extension ProfileReport.Subject {
  init(_ fields: inout FieldReader) throws {
    bundle = try fields.required("bundle").string(.name)
    bundleSHA256 = try fields.required("bundle_sha256").string(.sha256)
    model = try fields.required("model").string(.name)
    target = try fields.required("target").string(.identifier)
    backend = try fields.required("backend").string(.identifier)
    precision = try fields.required("precision").string(.identifier)
  }
}

extension ProfileReport.Workload {
  init(_ fields: inout FieldReader) throws {
    mode = try fields.required("mode").word()
    frames = try fields.required("frames").dimension()
    height = try fields.required("height").dimension()
    width = try fields.required("width").dimension()
    framesPerCall = try fields.ifPresent("frames_per_call")?.dimension() ?? 1
  }
}
