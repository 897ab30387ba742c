import H3AEDevice

/// What a profile reads from the device; a test gives its own.
public struct Probes: Sendable {
  /// Bytes that the process holds; nil where nobody tells.
  public var footprint: @Sendable () -> Int?
  /// In the report's words.
  public var thermalState: @Sendable () -> String
  /// Whether the runtime will have to compile; nil where none does.
  public var isCompiled: (@Sendable () async -> Bool)?

  public init(
    footprint: @escaping @Sendable () -> Int?, thermalState: @escaping @Sendable () -> String,
    isCompiled: (@Sendable () async -> Bool)? = nil
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
