extension Manifest.Artifact {
  init(_ fields: inout FieldReader) throws {
    target = try fields.required("target").string(.identifier)
    backend = try fields.required("backend").string(.identifier)
    graph = try fields.required("graph").symbol()
    precision = try fields.required("precision").string(.identifier)
    entry = try fields.ifPresent("entry")?.symbol() ?? "forward"
    file = try fields.required("file").path(in: "artifacts")
    bytes = try fields.required("bytes").integer(Bounds.fileBytes)
    sha256 = try fields.required("sha256").string(.sha256)
    ioType = try fields.optional("io_dtype")?.floatingType()
    imageOutputs = try fields.ifPresent("image_outputs")?.array(0...16) { try $0.symbol() } ?? []
    states = try fields.ifPresent("states")?.array(0...256) { try $0.symbol() } ?? []
    minimumOS =
      try fields.ifPresent("minimum_os")?.dictionary(0...16, keys: .identifier) {
        try $0.release()
      } ?? [:]
    computeUnits = try fields.optional("compute_units").map {
      ComputeUnits(rawValue: try $0.string(.identifier))
    }
    delegates =
      try fields.ifPresent("delegates")?.dictionary(0...16, keys: .identifier) {
        try $0.integer(0...1_000_000)
      } ?? [:]
    options =
      try fields.ifPresent("options")?.dictionary(0...64, keys: .identifier) { try $0.string() }
      ?? [:]
    parity = try fields.optional("parity")?.record { try Manifest.Parity(&$0) }
    let verified = try fields.required("verified").boolean()
    try checkParity(verified: verified, fields)
  }

  private func checkParity(verified: Bool, _ fields: FieldReader) throws {
    guard let parity else {
      if verified {
        throw fields.fail("verified, but there is no parity record", .manifestParity)
      }
      return
    }
    guard verified else { throw fields.fail("a parity record, but not verified", .manifestParity) }
    guard parity.worstPSNR >= parity.threshold else {
      throw fields.fail(
        "worst frame \(parity.worstPSNR) dB misses the threshold of \(parity.threshold) dB",
        .manifestParity)
    }
  }
}

extension Manifest.Parity {
  init(_ fields: inout FieldReader) throws {
    worstPSNR = try fields.required("worst_psnr_db").decibels()
    meanPSNR = try fields.required("mean_psnr_db").decibels()
    maxAbs = try fields.required("max_abs").number(0...)
    threshold = try fields.required("threshold_db").decibels()
    frames = try fields.required("frames").integer(1...65_536)
    runtime = try fields.required("runtime").label()
    let size = try fields.required("size").array(2...2) { try $0.dimension() }
    height = size[0]
    width = size[1]
    seamPSNR = try fields.optional("seam_psnr_db")?.decibels()
    oneShotPSNR = try fields.optional("one_shot_psnr_db")?.decibels()
  }
}

extension Field {
  fileprivate func floatingType() throws -> ElementType {
    let type: ElementType = try word()
    guard type.isFloating else { throw fail("must be float32 or float16") }
    return type
  }

  /// A release of a system: one to three numbers.
  fileprivate func release() throws -> String {
    let text = try string()
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), parts.allSatisfy(Spelling.versionNumber.matches) else {
      throw fail("must be a release, as 17.0")
    }
    return text
  }
}
