extension Manifest.Schedule {
  init(_ fields: inout FieldReader) throws {
    clip = try fields.optional("clip")?.record { try Manifest.Clip(&$0) }
    stream = try fields.optional("stream")?.record { try Manifest.Stream(&$0) }
    i2v = try fields.optional("i2v")?.record { try Manifest.ImageToVideo(&$0) }
    encode = try fields.optional("encode")?.record { try Manifest.Encode(&$0) }
  }
}

extension Manifest.Size {
  init(_ fields: inout FieldReader) throws {
    height = try fields.required("height").dimension()
    width = try fields.required("width").dimension()
    schedule = try fields.required("schedule").record { try Manifest.Schedule(&$0) }
    golden = try fields.optional("golden")?.record { try Manifest.Golden(&$0) }
  }
}

extension Manifest.Clip {
  init(_ fields: inout FieldReader) throws {
    temporal = try fields.required("temporal").symbol()
    frame = try fields.required("frame").symbol()
    framesPerCall = try fields.required("frames_per_call").dimension()
    latents = try fields.required("latents").dimension()
    frames = try fields.required("frames").dimension()
  }
}

extension Manifest.Stream {
  init(_ fields: inout FieldReader) throws {
    first = try fields.required("first").symbol()
    next = try fields.required("next").symbol()
    frame = try fields.required("frame").symbol()
    framesPerCall = try fields.required("frames_per_call").dimension()
    attentionWindow = try fields.required("attention_window").dimension()
    framesFirst = try fields.required("frames_first").dimension()
    framesNext = try fields.required("frames_next").dimension()
  }
}

extension Manifest.ImageToVideo {
  init(_ fields: inout FieldReader) throws {
    encoder = try fields.required("encoder").symbol()
    conditions = try fields.required("conditions").array(1...64) {
      try $0.record { try Manifest.Condition(&$0) }
    }
    clip = try fields.optional("clip")?.record { try Manifest.Clip(&$0) }
    stream = try fields.optional("stream")?.record { try Manifest.Stream(&$0) }
  }
}

extension Manifest.Condition {
  init(_ fields: inout FieldReader) throws {
    output = try fields.required("output").symbol()
    input = try fields.required("input").symbol()
  }
}

extension Manifest.Encode {
  init(_ fields: inout FieldReader) throws {
    graph = try fields.required("graph").symbol()
    frames = try fields.required("frames").dimension()
    latents = try fields.required("latents").dimension()
  }
}
