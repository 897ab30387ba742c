import Foundation

/// What one engine did with one bundle on one device: the one format in which Python, Swift and
/// Kotlin tell it (`docs/profiling.md`, "The report"). Times are in seconds.
public struct ProfileReport: Sendable, Equatable, Encodable {
  static let document = DocumentKind(
    name: "report", maxBytes: 1 << 26, major: 1, minor: 0,
    size: .reportSize, encoding: .reportEncoding, json: .reportJSON,
    version: .reportVersion, schema: .reportSchema, renew: "measure again")

  public let schemaVersion: String
  /// What a table calls this run.
  public var label: String
  /// Equal in reports whose clips took turns in one run.
  public var session: String?
  /// UTC, `2026-11-20T19:47:23Z`.
  public var created: String
  /// Tool to version.
  public var createdBy: [String: String]
  public var subject: Subject
  public var workload: Workload
  public var device: Device
  public var engine: Engine
  public var `protocol`: ProtocolRecord
  public var load: Loads
  /// From handing over the latents to holding the first frame, in the same clips as `clip`.
  public var firstFrame: Distribution?
  /// From handing over the latents to holding the last frame.
  public var clip: Distribution
  /// Frames of a clip by its median latency.
  public private(set) var framesPerSecond: Double
  /// The clip's parts.
  public var stages: [Stage]
  public var operations: Operations?
  public var placement: Placement?
  public var memory: Memory?
  public var sustained: Sustained?
  public var output: OutputCheck?

  /// A report of what was measured now; what was not measured stays nil.
  public init(
    label: String, createdBy: [String: String], subject: Subject, workload: Workload,
    device: Device, engine: Engine, protocol: ProtocolRecord, load: Loads, clip: Distribution
  ) {
    schemaVersion = "\(Self.document.major).\(Self.document.minor)"
    self.label = label
    created = Date.now.formatted(.iso8601)
    self.createdBy = createdBy
    self.subject = subject
    self.workload = workload
    self.device = device
    self.engine = engine
    self.protocol = `protocol`
    self.load = load
    self.clip = clip
    framesPerSecond = Double(workload.frames) / clip.p50
    stages = []
  }

  /// Reads the bytes of a report.
  ///
  /// - Throws: `report.*`, naming the first field at fault.
  public init(parsing data: some Collection<UInt8>) throws {
    self = try Self.document.read(data).record { fields in try ProfileReport(&fields) }
    try checkRules()
  }

  /// Reads a report file.
  ///
  /// - Throws: `report.missing` if it cannot be read, or what `init(parsing:)` throws.
  public init(contentsOf url: URL) throws {
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      data = try handle.read(upToCount: Self.document.maxBytes + 1) ?? Data()
    } catch {
      throw H3AEError(
        .reportMissing, "cannot read \(url.lastPathComponent): \(error.localizedDescription)")
    }
    try self.init(parsing: data)
  }

  /// The file's bytes.
  ///
  /// - Throws: what a reader would, if the figures contradict each other.
  public func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do {
      data = try encoder.encode(self)
    } catch {
      throw H3AEError(.reportSchema, "the report holds a figure that is not finite")
    }
    _ = try ProfileReport(parsing: data)
    return data
  }

  /// Writes a report, whole or not at all.
  public func write(to url: URL) throws {
    let data = try encoded()
    try storing { try data.write(to: url, options: .atomic) }
  }

  private enum CodingKeys: String, CodingKey {
    case schemaVersion = "schema_version"
    case label, session, created
    case createdBy = "created_by"
    case subject, workload, device, engine, `protocol`, load
    case firstFrame = "first_frame"
    case clip
    case framesPerSecond = "frames_per_second"
    case stages, operations, placement, memory, sustained, output
  }
}

extension ProfileReport {
  private init(_ fields: inout FieldReader) throws {
    schemaVersion = try fields.required("schema_version").string()
    label = try fields.required("label").label()
    session = try fields.optional("session")?.string(.identifier)
    created = try fields.required("created").timestamp()
    createdBy = try fields.required("created_by").versions()
    subject = try fields.required("subject").record { try Subject(&$0) }
    workload = try fields.required("workload").record { try Workload(&$0) }
    device = try fields.required("device").record { try Device(&$0) }
    engine = try fields.required("engine").record { try Engine(&$0) }
    `protocol` = try fields.required("protocol").record { try ProtocolRecord(&$0) }
    load = try fields.required("load").record { try Loads(&$0) }
    firstFrame = try fields.optional("first_frame")?.record { try Distribution(&$0) }
    clip = try fields.required("clip").record { try Distribution(&$0) }
    framesPerSecond = try fields.required("frames_per_second").rate()
    stages =
      try fields.ifPresent("stages")?.array(0...64) { try $0.record { try Stage(&$0) } } ?? []
    operations = try fields.optional("operations")?.record { try Operations(&$0) }
    placement = try fields.optional("placement")?.record { try Placement(&$0) }
    memory = try fields.optional("memory")?.record { try Memory(&$0) }
    sustained = try fields.optional("sustained")?.record { try Sustained(&$0) }
    output = try fields.optional("output")?.record { try OutputCheck(&$0) }
  }
}
