extension ProfileReport {
  /// How long until the bundle can decode.
  public struct Loads: Sendable, Equatable, Encodable {
    /// The first load after installation, with the compilation that the system keeps; nil where the
    /// runtime keeps none.
    public var first: Double?
    /// Loads in a new process each.
    public var cold: Distribution?
    /// Loads again in a process that had loaded it before.
    public var warm: Distribution?
    /// The first clip after a cold load, in which everything lazy happens.
    public var firstClip: Double?
    /// What was done to the caches of files and compilations.
    public var method = ""

    public init() {}

    private enum CodingKeys: String, CodingKey {
      case first = "first_s"
      case cold, warm
      case firstClip = "first_clip_s"
      case method
    }
  }

  /// One graph.
  public struct Stage: Sendable, Equatable, Encodable {
    public let graph: String
    /// A clip.
    public let calls: Int
    /// All its calls of one clip together; sample i belongs to sample i of the whole clip.
    public let clip: Distribution
    /// Single calls.
    public let call: Distribution?

    public init(graph: String, calls: Int, clip: Distribution, call: Distribution? = nil) {
      self.graph = graph
      self.calls = calls
      self.clip = clip
      self.call = call
    }
  }

  /// Where the time goes, measured in clips of their own.
  public struct Operations: Sendable, Equatable, Encodable {
    public struct Item: Sendable, Equatable, Encodable {
      public let graph: String
      public let name: String
      public let kind: String
      public let calls: Int
      /// A clip, all calls together.
      public let seconds: Double
      public let unit: String?
      public let flops: Int?
      public let bytes: Int?
    }

    /// The profiler.
    public let method: String
    /// A profiled clip.
    public let clip: Double
    public let items: [Item]

    private enum CodingKeys: String, CodingKey {
      case method
      case clip = "clip_s"
      case items
    }
  }

  /// Which unit runs what.
  public struct Placement: Sendable, Equatable, Encodable {
    public struct Item: Sendable, Equatable, Encodable {
      public let graph: String
      /// `cpu`, `gpu`, `neural_engine`.
      public let unit: String
      public let operations: Int
      /// Share of the graph's estimated cost.
      public let cost: Double?

      public init(graph: String, unit: String, operations: Int, cost: Double?) {
        self.graph = graph
        self.unit = unit
        self.operations = operations
        self.cost = cost
      }
    }

    /// Who says so, for instance `MLComputePlan`.
    public let method: String
    public let items: [Item]

    public init(method: String, items: [Item]) {
      self.method = method
      self.items = items
    }
  }
}

extension ProfileReport.Loads {
  init(_ fields: inout FieldReader) throws {
    first = try fields.optional("first_s")?.latency()
    cold = try fields.optional("cold")?.record { try Distribution(&$0) }
    warm = try fields.optional("warm")?.record { try Distribution(&$0) }
    firstClip = try fields.optional("first_clip_s")?.latency()
    method = try fields.ifPresent("method")?.string() ?? ""
  }
}

extension ProfileReport.Stage {
  init(_ fields: inout FieldReader) throws {
    graph = try fields.required("graph").symbol()
    calls = try fields.required("calls").count()
    clip = try fields.required("clip").record { try Distribution(&$0) }
    call = try fields.optional("call")?.record { try Distribution(&$0) }
  }
}

extension ProfileReport.Operations {
  init(_ fields: inout FieldReader) throws {
    method = try fields.required("method").label()
    clip = try fields.required("clip_s").latency()
    items = try fields.required("items").array(1...10_000) { try $0.record { try Item(&$0) } }
  }
}

extension ProfileReport.Operations.Item {
  init(_ fields: inout FieldReader) throws {
    graph = try fields.required("graph").symbol()
    name = try fields.required("name").label()
    kind = try fields.required("kind").label()
    calls = try fields.required("calls").count()
    seconds = try fields.required("seconds").number(0...1e6)
    unit = try fields.optional("unit")?.string(.identifier)
    flops = try fields.optional("flops")?.integer(0...(1 << 62))
    bytes = try fields.optional("bytes")?.memoryBytes()
  }
}

extension ProfileReport.Placement {
  init(_ fields: inout FieldReader) throws {
    method = try fields.required("method").label()
    items = try fields.required("items").array(1...1000) { try $0.record { try Item(&$0) } }
    if let repeated = firstRepeated(items.map { "\($0.graph) on \($0.unit)" }) {
      throw fields.fail("items name \(repeated) twice", .reportConsistency)
    }
    for graph in Set(items.map(\.graph)).sorted() {
      let cost = items.filter { $0.graph == graph }.reduce(0) { $0 + ($1.cost ?? 0) }
      guard cost <= 1 + 1e-6 else {
        throw fields.fail(
          "items give '\(graph)' a total cost of \(cost), more than 1", .reportConsistency)
      }
    }
  }
}

extension ProfileReport.Placement.Item {
  init(_ fields: inout FieldReader) throws {
    graph = try fields.required("graph").symbol()
    unit = try fields.required("unit").string(.identifier)
    operations = try fields.required("operations").count()
    cost = try fields.optional("cost")?.number(0...1)
  }
}
