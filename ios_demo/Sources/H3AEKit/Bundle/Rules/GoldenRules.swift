/// Golden vectors have the shapes and frames of this model and video.
extension Manifest {
  func checkGolden() throws {
    guard let golden else { return }
    let latents = golden.latents.shape[0]
    try Self.expectShape("golden.latents", golden.latents.shape, latentShape(latents))
    try Self.expectShape(
      "golden.frames", golden.frames.shape, frameShape(golden.frameIndices.count))
    if let image = golden.image {
      try Self.expectShape("golden.image", image.shape, frameShape(1))
    }
    if let conditioned = golden.conditioned {
      guard golden.image != nil else {
        throw Self.violation(
          .manifestReference, "golden.conditioned is of no image: golden.image is missing")
      }
      try Self.expectShape("golden.conditioned", conditioned.shape, golden.frames.shape)
    }
    let frames = video.frameLaw.frames(latents: latents)
    guard video.frames == nil || video.frames == frames else {
      throw Self.violation(
        .manifestFrames,
        "golden.latents decode to \(frames) frames, video.frames is \(video.frames ?? 0)")
    }
    try check("latents", golden.latents, [.float32, .float16])
    try check("frames", golden.frames, [.float32, .float16, .uint8])
    if let image = golden.image { try check("image", image, [.float32, .float16, .uint8]) }
    if let conditioned = golden.conditioned {
      try check("conditioned", conditioned, [.float32, .float16, .uint8])
    }
    try checkIndices(golden.frameIndices, frames)
  }

  private func check(_ name: String, _ tensor: GoldenTensor, _ allowed: [ElementType]) throws {
    guard allowed.contains(tensor.type) else {
      let words = allowed.map(\.rawValue).sorted().joined(separator: ", ")
      throw Self.violation(
        .manifestShape, "golden.\(name).dtype is \(tensor.type.rawValue), not one of \(words)")
    }
    // In floating point: four dimensions of 65,536 overflow 64 bits.
    let content = tensor.shape.reduce(Double(tensor.type.byteCount)) { $0 * Double($1) }
    guard Double(tensor.bytes) > content else {
      throw Self.violation(
        .manifestShape,
        "golden.\(name).bytes \(tensor.bytes) cannot hold \(tensor.type.rawValue) \(tensor.shape)")
    }
  }

  private func checkIndices(_ indices: [Int], _ frames: Int) throws {
    for (earlier, later) in zip(indices, indices.dropFirst()) where later <= earlier {
      throw Self.violation(.manifestFrames, "golden.frame_indices do not ascend")
    }
    if let last = indices.last, last >= frames {
      throw Self.violation(
        .manifestFrames,
        "golden.frame_indices name frame \(last), the latents decode to \(frames)")
    }
  }
}
