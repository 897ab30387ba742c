extension Manifest.Model {
  init(_ fields: inout FieldReader) throws {
    name = try fields.required("name").string(.name)
    // For the record and for Python; no phone reads it.
    try fields.required("config").anyObject(0...128)
    let factors = try fields.required("compression").array(3...3) {
      try $0.integer(Bounds.factor)
    }
    compression = Manifest.Compression(time: factors[0], height: factors[1], width: factors[2])
    latentChannels = try fields.required("latent_channels").dimension()
    latentMean = try fields.required("latent_mean").array(Bounds.dimension) {
      try $0.number(-1e6...1e6)
    }
    latentStd = try fields.required("latent_std").array(Bounds.dimension) {
      try $0.number(Double.leastNonzeroMagnitude...1e6)
    }
    parameters = try fields.required("parameters").integer(1...(1 << 40))
    checkpointSHA256 = try fields.required("checkpoint_sha256").string(.sha256)
    licence = try fields.required("licence").string()
    note = try fields.ifPresent("note")?.string() ?? ""
    for (name, values) in [("latent_mean", latentMean), ("latent_std", latentStd)] {
      guard values.count == latentChannels else {
        throw fields.fail(
          "\(name) has \(values.count) values for \(latentChannels) channels", .manifestShape)
      }
    }
  }
}

extension Manifest.Video {
  init(_ fields: inout FieldReader) throws {
    height = try fields.required("height").dimension()
    width = try fields.required("width").dimension()
    frames = try fields.nullable("frames")?.dimension()
    frameLaw = try fields.required("frame_law").record { law in
      try law.ifPresent("first")?.constant(.integer(1), "1")
      return FrameLaw(temporal: try law.required("temporal").integer(Bounds.factor))
    }
    try fields.ifPresent("value_range")?
      .constant(.array([.integer(-1), .integer(1)]), "[-1, 1]")
    colour = try fields.ifPresent("colour")?.record { try Manifest.Colour(&$0) } ?? .standard
    try fields.ifPresent("channel_order")?.constant(.string("RGB"), "RGB")
    fps = try fields.ifPresent("fps")?.number(Double.leastNonzeroMagnitude...1000) ?? 24
  }
}

extension Manifest.Colour {
  static let standard = Manifest.Colour(space: .bt709, transfer: .srgb)

  init(_ fields: inout FieldReader) throws {
    space = try fields.ifPresent("space")?.word() ?? Self.standard.space
    transfer = try fields.ifPresent("transfer")?.word() ?? Self.standard.transfer
    try fields.ifPresent("range")?.constant(.string("full"), "full")
  }
}

extension Manifest.Memory {
  init(_ fields: inout FieldReader) throws {
    stages = try fields.required("stages").dictionary(1...64, keys: .symbol) {
      try $0.record { try Stage(&$0) }
    }
    peak = try fields.required("peak").integer(Bounds.bytes)
    method = try fields.required("method").label()
  }
}

extension Manifest.Memory.Stage {
  init(_ fields: inout FieldReader) throws {
    weights = try fields.required("weights").integer(Bounds.bytes)
    activations = try fields.required("activations").integer(Bounds.bytes)
    caches = try fields.ifPresent("caches")?.integer(Bounds.bytes) ?? 0
  }
}
