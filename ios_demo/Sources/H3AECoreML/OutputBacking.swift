#if canImport(CoreML)
  import CoreML
  import CoreVideo
  import H3AEKit

  /// Memory that Core ML writes one output into, and that a `Tensor` then shows without a copy.
  ///
  /// fp16 outputs whose rows are a multiple of 64 bytes lie on an IOSurface, which the Neural Engine
  /// and the GPU write directly; all others in ordinary memory.
  ///
  /// `@unchecked Sendable`: the memory is written only during a prediction for which the session,
  /// an actor, has taken the backing out of its pool, and the pool gives out a backing only while
  /// nobody else refers to it (`ReusePool.take`). Between `finish` and the next `take` it is only
  /// read. `isLocked` and `array` are touched by the session alone, and by `deinit`, which runs when
  /// there is no other reference.
  final class OutputBacking: @unchecked Sendable {
    let array: MLMultiArray
    private let shape: [Int]
    private let type: ElementType
    private let surface: CVPixelBuffer?
    private var bytes: UnsafeRawBufferPointer?
    private var isLocked = false

    /// - Throws: `engine.run` for a type that Core ML has no arrays of.
    init(shape: [Int], type: ElementType) throws {
      self.shape = shape
      self.type = type
      if type == .float16, let surface = Self.surface(for: shape) {
        self.surface = surface
        array = MLMultiArray(pixelBuffer: surface, shape: shape.map { NSNumber(value: $0) })
      } else {
        surface = nil
        let count = shape.reduce(1, *) * type.byteCount
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
        bytes = UnsafeRawBufferPointer(start: memory, count: count)
        do {
          // The array frees it: whoever still holds the array may still read.
          array = try MLMultiArray(
            dataPointer: memory, shape: shape, type: type, deallocator: { $0.deallocate() })
        } catch {
          memory.deallocate()
          throw error
        }
      }
    }

    deinit { unlock() }

    /// Lets Core ML write: nobody reads any more.
    func begin() { unlock() }

    /// Shows what Core ML has written, for as long as the tensor lives.
    ///
    /// - Throws: `engine.output` if the surface cannot be read.
    func finish() throws -> Tensor {
      Tensor(shape: shape, type: type, wrapping: try readable(), owner: self)
    }

    /// Whether a tensor shows this memory, so that `array` can be an input in its place.
    func holds(_ address: UnsafeRawPointer?) -> Bool {
      address != nil && bytes?.baseAddress == address
    }

    private func readable() throws -> UnsafeRawBufferPointer {
      if let surface {
        guard CVPixelBufferLockBaseAddress(surface, .readOnly) == kCVReturnSuccess,
          let base = CVPixelBufferGetBaseAddress(surface)
        else { throw H3AEError(.engineOutput, "the memory of an output cannot be locked") }
        isLocked = true
        bytes = UnsafeRawBufferPointer(start: base, count: shape.reduce(1, *) * type.byteCount)
      }
      guard let bytes else { throw H3AEError(.engineOutput, "an output has no memory") }
      return bytes
    }

    private func unlock() {
      guard let surface, isLocked else { return }
      CVPixelBufferUnlockBaseAddress(surface, .readOnly)
      isLocked = false
      bytes = nil
    }

    /// What surfaces of all devices of iOS 18 take in either direction.
    private static let longestSide = 16_384

    /// A surface without padding between its rows; nil where there is none for the shape.
    private static func surface(for shape: [Int]) -> CVPixelBuffer? {
      let height = shape.dropLast().reduce(1, *)
      guard let width = shape.last, width * 2 % 64 == 0, max(width, height) <= longestSide else {
        return nil
      }
      let attributes: [CFString: Any] = [kCVPixelBufferIOSurfacePropertiesKey: [CFString: Any]()]
      var made: CVPixelBuffer?
      let status = CVPixelBufferCreate(
        kCFAllocatorDefault, width, height,
        kCVPixelFormatType_OneComponent16Half, attributes as CFDictionary, &made)
      guard status == kCVReturnSuccess, let made,
        CVPixelBufferGetBytesPerRow(made) == width * 2
      else { return nil }
      return made
    }
  }

  extension ReusePool<OutputBacking> {
    /// Returns memory to which nobody else refers.
    ///
    /// - Throws: `memory.insufficient`.
    mutating func take(
      _ name: String, shape: [Int], type: ElementType
    ) throws -> OutputBacking {
      guard let backing = take(name) else { return try OutputBacking(shape: shape, type: type) }
      backing.begin()
      return backing
    }

    /// The array behind a tensor, if it is one of these.
    func array(behind address: UnsafeRawPointer?, of names: [String]) -> MLMultiArray? {
      first(of: names) { $0.holds(address) }?.array
    }
  }
#endif
