extension ProfileReport {
  /// Whether what was decoded so fast is right: the decode of the golden latents against the golden
  /// frames.
  public struct OutputCheck: Sendable, Equatable, Encodable {
    /// A PNG beside the report: decoded frames, golden frames and their difference.
    public struct Sheet: Sendable, Equatable, Encodable {
      public let file: String
      public let sha256: String
    }

    public struct Tolerance: Sendable, Equatable, Encodable {
      public let maxAbs: Double
      public let psnr: Double

      private enum CodingKeys: String, CodingKey {
        case maxAbs = "max_abs"
        case psnr = "psnr_db"
      }
    }

    /// Compared.
    public let frames: Int
    /// Neither NaN nor infinity.
    public let finite: Bool
    /// Of the worst frame.
    public let psnr: Double
    public let maxAbs: Double
    public let tolerance: Tolerance
    /// No gate passes a report that says no.
    public let passed: Bool
    public let sheet: Sheet?

    public init(_ result: GoldenResult, tolerance: Manifest.Tolerance) {
      frames = result.frames
      finite = result.isFinite
      psnr = result.psnr
      maxAbs = result.maxAbs
      self.tolerance = Tolerance(maxAbs: tolerance.maxAbs, psnr: tolerance.psnr)
      passed = result.isWithin(tolerance)
      sheet = nil
    }

    private enum CodingKeys: String, CodingKey {
      case frames, finite
      case psnr = "psnr_db"
      case maxAbs = "max_abs"
      case tolerance, passed, sheet
    }
  }
}

extension ProfileReport.OutputCheck {
  init(_ fields: inout FieldReader) throws {
    frames = try fields.required("frames").count()
    finite = try fields.required("finite").boolean()
    psnr = try fields.required("psnr_db").decibels()
    maxAbs = try fields.required("max_abs").number(0...1e6)
    tolerance = try fields.required("tolerance").record { try Tolerance(&$0) }
    passed = try fields.required("passed").boolean()
    sheet = try fields.optional("sheet")?.record { try Sheet(&$0) }
    let within = finite && maxAbs <= tolerance.maxAbs && psnr >= tolerance.psnr
    guard passed == within else {
      throw fields.fail(
        "passed is \(passed), but \(psnr) dB and \(maxAbs) \(within ? "are" : "are not") within "
          + "the tolerance", .reportConsistency)
    }
  }
}

extension ProfileReport.OutputCheck.Tolerance {
  init(_ fields: inout FieldReader) throws {
    maxAbs = try fields.required("max_abs").number(0...2)
    psnr = try fields.required("psnr_db").decibels()
  }
}

extension ProfileReport.OutputCheck.Sheet {
  init(_ fields: inout FieldReader) throws {
    let path = try fields.required("file")
    file = try path.string(0...Int.max)
    guard isSafePath(file) else {
      throw path.fail(
        "'\(file)' is not a plain relative path beside the report", .reportConsistency)
    }
    sha256 = try fields.required("sha256").string(.sha256)
  }
}
