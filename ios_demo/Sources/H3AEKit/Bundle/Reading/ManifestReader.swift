/// Reads `manifest.json`: strict JSON, then types and bounds, then the rules between fields.
extension Manifest {
  static let fileName = "manifest.json"

  static let document = DocumentKind(
    name: "manifest", maxBytes: 1 << 20, major: 1, minor: 2,
    size: .manifestSize, encoding: .manifestEncoding, json: .manifestJSON,
    version: .manifestVersion, schema: .manifestSchema, renew: "export the bundle again")

  /// Reads the bytes of a `manifest.json`.
  ///
  /// - Throws: `manifest.*` or `path.*`, naming the first field at fault.
  public init(parsing data: some Collection<UInt8>) throws {
    let top = try Self.document.read(data)
    self = try top.record { fields in try Manifest(&fields) }
    try checkRules()
  }

  private init(_ fields: inout FieldReader) throws {
    schemaVersion = try fields.required("schema_version").string()
    name = try fields.required("name").string(.name)
    createdBy = try fields.required("created_by").dictionary(1...64, keys: .identifier) {
      try $0.string(Bounds.label)
    }
    model = try fields.required("model").record { try Model(&$0) }
    video = try fields.required("video").record { try Video(&$0) }
    graphs = try fields.required("graphs").dictionary(1...64, keys: .symbol) {
      try $0.record { try Graph(&$0) }
    }
    artifacts = try fields.required("artifacts").array(1...1024) {
      try $0.record { try Artifact(&$0) }
    }
    schedule = try fields.required("schedule").record { try Schedule(&$0) }
    memory = try fields.optional("memory")?.record { try Memory(&$0) }
    golden = try fields.optional("golden")?.record { try Golden(&$0) }
    sizes =
      try fields.ifPresent("sizes")?.array(0...16) { try $0.record { try Size(&$0) } } ?? []
  }
}

/// The bounds of fields. Each is a promise: what passes fits 64 bits, and its products do.
enum Bounds {
  static let dimension = 1...65_536
  static let rank = 1...5
  static let maxElements = (1 << 31) - 1
  static let bytes = 0...(1 << 36)
  static let fileBytes = 1...(1 << 36)
  /// Golden tensors are small enough to ship, and to read at once.
  static let goldenBytes = 1...(1 << 28)
  static let factor = 1...1024
  static let decibels = -200.0...200.0
  static let label = 1...200
}

extension Field {
  /// A path inside a folder of the bundle.
  func path(in folder: String) throws -> String {
    guard case .string(let text) = value else { return try string() }
    guard isSafePath(text), text.hasPrefix("\(folder)/") else {
      throw fail("'\(text)' is not a plain relative path inside \(folder)/", .pathEscape)
    }
    return text
  }

  func dimension() throws -> Int { try integer(Bounds.dimension) }
  func decibels() throws -> Double { try number(Bounds.decibels) }
  func label() throws -> String { try string(Bounds.label) }
  func symbol() throws -> String { try string(.symbol) }
  func shape() throws -> [Int] { try array(Bounds.rank) { try $0.dimension() } }
}
