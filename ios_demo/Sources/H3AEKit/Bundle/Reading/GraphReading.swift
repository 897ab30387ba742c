extension TensorSpec {
  init(_ fields: inout FieldReader) throws {
    name = try fields.required("name").symbol()
    shape = try fields.required("shape").shape()
    type = try fields.required("dtype").word()
    layout = try fields.required("layout").string(.layout)
    kind = Kind(rawValue: try fields.required("kind").string(.identifier))
    guard layout.utf8.count == shape.count else {
      throw fields.fail(
        "layout '\(layout)' names \(layout.utf8.count) axes, shape has \(shape.count)",
        .manifestShape)
    }
    // Five dimensions of 65,536 overflow 64 bits.
    guard shape.reduce(1.0, { $0 * Double($1) }) <= Double(Bounds.maxElements) else {
      throw fields.fail("shape \(shape) is absurdly large", .manifestShape)
    }
  }
}

extension Manifest.Graph {
  init(_ fields: inout FieldReader) throws {
    role = try fields.required("role").string(.identifier)
    inputs = try fields.required("inputs").array(1...256) { try $0.record { try TensorSpec(&$0) } }
    outputs = try fields.required("outputs").array(1...256) {
      try $0.record { try TensorSpec(&$0) }
    }
    caches =
      try fields.ifPresent("caches")?.array(0...256) {
        try $0.record { try Manifest.Cache(&$0) }
      } ?? []
    for (side, tensors) in [("inputs", inputs), ("outputs", outputs)] {
      if let repeated = firstRepeated(tensors.map(\.name)) {
        throw fields.fail("\(side) names '\(repeated)' twice", .manifestReference)
      }
    }
    try checkCaches(fields)
  }

  private func checkCaches(_ fields: FieldReader) throws {
    let taken = inputs.filter { $0.kind == .cache }
    let given = outputs.filter { $0.kind == .cache }
    for (index, cache) in caches.enumerated() {
      let place = "caches[\(index)]"
      guard let input = taken.first(where: { $0.name == cache.input }) else {
        throw fields.fail("\(place): no cache input '\(cache.input)'", .manifestReference)
      }
      guard let output = given.first(where: { $0.name == cache.output }) else {
        throw fields.fail("\(place): no cache output '\(cache.output)'", .manifestReference)
      }
      guard input.fits(output) else {
        throw fields.fail(
          "\(place): '\(cache.output)' and '\(cache.input)' differ in shape or type",
          .manifestShape)
      }
    }
    guard caches.map(\.input).sorted() == taken.map(\.name).sorted() else {
      throw fields.fail("caches must feed every cache input exactly once", .manifestReference)
    }
  }
}

extension Manifest.Cache {
  init(_ fields: inout FieldReader) throws {
    input = try fields.required("input").symbol()
    output = try fields.required("output").symbol()
  }
}

/// The first that came before.
func firstRepeated(_ names: [String]) -> String? {
  var seen: Set<String> = []
  return names.first { !seen.insert($0).inserted }
}
