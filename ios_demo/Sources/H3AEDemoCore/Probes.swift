import H3AEDevice
import H3AEKit

/// What a profile reads from the device; a test gives its own.
public struct Probes: Sendable {
  /// Bytes that the process holds; nil where nobody tells.
  public var footprint: @Sendable () -> Int?
  /// In the report's words.
  public var thermalState: @Sendable () -> String
  /// Whether the runtime has compiled these files before; nil where none compiles.
  public var isCompiled: IsCompiled?

  public typealias IsCompiled = @Sendable (_ artifacts: [Manifest.Artifact]) async -> Bool

  public init(
    footprint: @escaping @Sendable () -> Int?, thermalState: @escaping @Sendable () -> String,
    isCompiled: IsCompiled? = nil
  ) {
    self.footprint = footprint
    self.thermalState = thermalState
    self.isCompiled = isCompiled
  }
}

#if canImport(Darwin) || canImport(DarwinSignatures)
  extension Probes {
    /// Of this device.
    public static var device: Probes {
      Probes(footprint: MemoryProbe.footprint, thermalState: DeviceProbe.thermalState)
    }
  }
#endif
