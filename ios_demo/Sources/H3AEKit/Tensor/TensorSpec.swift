/// One input or output of a graph: dense, row-major, of a fixed shape.
public struct TensorSpec: Sendable, Equatable {
  public let name: String
  /// 1 to 5 dimensions.
  public let shape: [Int]
  public let type: ElementType
  /// A letter an axis: T time, C channels, H height, W width, N heads, D head channels, L sequence.
  public let layout: String
  public let kind: Kind

  /// What a tensor carries. An open vocabulary: a word that this reader does not know belongs to
  /// graphs that its schedule does not run.
  public struct Kind: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Normalised by the model's mean and standard deviation; the graphs undo that themselves.
    public static let latents = Kind(rawValue: "latents")
    /// From the temporal stage to the frame stage.
    public static let features = Kind(rawValue: "features")
    /// Pixels out, RGB in [-1, 1].
    public static let frames = Kind(rawValue: "frames")
    /// Pixels in, RGB in [-1, 1].
    public static let video = Kind(rawValue: "video")
    public static let image = Kind(rawValue: "image")
    /// A feature of the first frame (Eq. 1 of the paper).
    public static let condition = Kind(rawValue: "condition")
    /// What one step of a stream leaves for the next.
    public static let cache = Kind(rawValue: "cache")
  }

  public init(name: String, shape: [Int], type: ElementType, layout: String, kind: Kind) {
    self.name = name
    self.shape = shape
    self.type = type
    self.layout = layout
    self.kind = kind
  }

  public var elementCount: Int { shape.reduce(1, *) }
  public var byteCount: Int { elementCount * type.byteCount }

  /// Whether one buffer can serve as either.
  func fits(_ other: TensorSpec) -> Bool { shape == other.shape && type == other.type }
}
