extension Manifest.Golden {
  init(_ fields: inout FieldReader) throws {
    source = try fields.required("source").string()
    latents = try fields.required("latents").record { try Manifest.GoldenTensor(&$0) }
    frames = try fields.required("frames").record { try Manifest.GoldenTensor(&$0) }
    frameIndices = try fields.required("frame_indices").array(1...1024) {
      try $0.integer(0...65_535)
    }
    image = try fields.optional("image")?.record { try Manifest.GoldenTensor(&$0) }
    conditioned = try fields.optional("conditioned")?.record { try Manifest.GoldenTensor(&$0) }
    tolerance = try fields.required("tolerance").dictionary(1...16, keys: .identifier) {
      try $0.record { try Manifest.Tolerance(&$0) }
    }
  }
}

extension Manifest.GoldenTensor {
  init(_ fields: inout FieldReader) throws {
    file = try fields.required("file").path(in: "golden")
    tensor = try fields.required("tensor").symbol()
    type = try fields.required("dtype").word()
    shape = try fields.required("shape").shape()
    bytes = try fields.required("bytes").integer(Bounds.goldenBytes)
    sha256 = try fields.required("sha256").string(.sha256)
  }
}

extension Manifest.Tolerance {
  init(_ fields: inout FieldReader) throws {
    maxAbs = try fields.required("max_abs").number(0.0...2.0)
    psnr = try fields.required("psnr_db").decibels()
  }
}
