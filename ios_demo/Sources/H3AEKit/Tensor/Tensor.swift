/// Numbers in a shape: dense, row-major, never changed once made.
///
/// Copies share their memory, and so do `rows`. An engine hands its own buffers over without a copy
/// by `init(shape:type:wrapping:owner:)`.
public struct Tensor: Sendable {
  public let shape: [Int]
  public let type: ElementType
  private let storage: TensorStorage
  private let byteOffset: Int

  /// Makes a tensor and lets `fill` write its numbers, of which none may be left out.
  public init(
    shape: [Int], type: ElementType = .float32,
    fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    let storage = TensorStorage(byteCount: shape.reduce(1, *) * type.byteCount)
    try fill(storage.bytes)
    self.init(shape: shape, type: type, storage: storage, byteOffset: 0)
  }

  /// Copies numbers.
  ///
  /// - Throws: `tensor.shape` if they are too many or too few.
  public init(shape: [Int], floats: [Float]) throws {
    guard shape.allSatisfy({ $0 > 0 }), shape.reduce(1, *) == floats.count else {
      throw H3AEError(.tensorShape, "\(floats.count) numbers do not fill the shape \(shape)")
    }
    self.init(shape: shape) { bytes in floats.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }

  /// Wraps memory that `owner` keeps alive and nobody writes any more.
  ///
  /// - Precondition: `bytes` hold exactly the shape, aligned for its type.
  public init(
    shape: [Int], type: ElementType, wrapping bytes: UnsafeRawBufferPointer,
    owner: any Sendable
  ) {
    precondition(bytes.count == shape.reduce(1, *) * type.byteCount)
    self.init(
      shape: shape, type: type, storage: TensorStorage(wrapping: bytes, owner: owner), byteOffset: 0
    )
  }

  private init(shape: [Int], type: ElementType, storage: TensorStorage, byteOffset: Int) {
    self.shape = shape
    self.type = type
    self.storage = storage
    self.byteOffset = byteOffset
  }

  public var elementCount: Int { shape.reduce(1, *) }
  public var byteCount: Int { elementCount * type.byteCount }
  /// Length of the first axis.
  public var count: Int { shape.first ?? 1 }

  /// The part of the first axis, without a copy.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= count && !range.isEmpty)
    let rowBytes = byteCount / count
    return Tensor(
      shape: [range.count] + shape.dropFirst(), type: type, storage: storage,
      byteOffset: byteOffset + range.lowerBound * rowBytes)
  }

  /// The same numbers in another shape of as many.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == elementCount)
    return Tensor(shape: shape, type: type, storage: storage, byteOffset: byteOffset)
  }

  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      let all = UnsafeRawBufferPointer(storage.bytes)
      return try body(UnsafeRawBufferPointer(rebasing: all[byteOffset..<byteOffset + byteCount]))
    }
  }

  /// Reads the numbers as `Element`, which must be what `type` says.
  public func withUnsafeElements<Element: BitwiseCopyable, R>(
    as element: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> R
  ) rethrows -> R {
    precondition(MemoryLayout<Element>.size == type.byteCount)
    return try withUnsafeBytes { try body($0.assumingMemoryBound(to: Element.self)) }
  }
}

/// The memory of tensors.
///
/// `@unchecked Sendable`: `bytes` are written by nobody but the closure that fills a new tensor,
/// which has returned before a second reference to the storage exists (`Tensor.init(shape:type:
/// fill:)`), or were finished before they were wrapped. From then on they are only read, and freed
/// when the last reference goes. `owner` is never touched, only kept.
final class TensorStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  private let owner: (any Sendable)?

  init(byteCount: Int) {
    // A cache line: what runtimes and vector loads like.
    bytes = .allocate(byteCount: byteCount, alignment: 64)
    owner = nil
  }

  init(wrapping bytes: UnsafeRawBufferPointer, owner: any Sendable) {
    self.bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
    self.owner = owner
  }

  deinit {
    if owner == nil { bytes.deallocate() }
  }
}
