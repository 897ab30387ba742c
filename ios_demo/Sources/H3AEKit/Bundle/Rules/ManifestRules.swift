/// Rules between the parts of a manifest, which types and bounds cannot tell. Every message starts
/// with the field at fault.
extension Manifest {
  /// Checks everything, the video format first, since the rest builds on it.
  func checkRules() throws {
    try Self.within("manifest") {
      try checkVideo()
      try checkSchedule()
      try checkSizes()
      try checkArtifacts()
      try checkFiles()
      try checkMemory()
      try checkGolden()
    }
  }

  static func violation(_ code: H3AEError.Code, _ reason: String) -> H3AEError {
    H3AEError(code, reason)
  }

  /// Says of a violation in which part it lies.
  static func within(_ part: String, _ rules: () throws -> Void) throws {
    do {
      try rules()
    } catch let error as H3AEError {
      throw H3AEError(error.code, "\(part): \(error.message)", advice: error.advice)
    }
  }

  static func expectShape(_ place: String, _ shape: [Int], _ expected: [Int]) throws {
    guard shape == expected else {
      throw violation(.manifestShape, "\(place) has shape \(shape), expected \(expected)")
    }
  }

  /// Frame law and size follow from the model's compression.
  func checkVideo() throws {
    let factors = model.compression
    guard video.frameLaw.temporal == factors.time else {
      throw Self.violation(
        .manifestFrames,
        "video.frame_law.temporal is \(video.frameLaw.temporal), the model compresses by "
          + "\(factors.time)")
    }
    for (name, length, factor) in [
      ("height", video.height, factors.height), ("width", video.width, factors.width),
    ] where length % factor != 0 {
      throw Self.violation(
        .manifestShape, "video.\(name) \(length) is not divisible by \(factor)")
    }
  }

  private func checkMemory() throws {
    for name in (memory?.stages ?? [:]).keys.sorted() where graphs[name] == nil {
      throw Self.violation(.manifestReference, "memory.stages: no graph '\(name)'")
    }
  }
}
