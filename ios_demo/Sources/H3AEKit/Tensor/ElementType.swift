/// What a tensor's numbers are.
public enum ElementType: String, Sendable, CaseIterable {
  case float32, float16, int32, uint8

  /// Bytes of one number.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .float16: 2
    case .uint8: 1
    }
  }

  /// Whether a graph's numbers may be of this type where it states the other floating one.
  public var isFloating: Bool { self == .float32 || self == .float16 }
}
