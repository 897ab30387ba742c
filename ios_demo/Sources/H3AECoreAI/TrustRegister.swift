import Foundation
import H3AEKit

/// Remembers, for each bundle and build of the system, which units give what the CPU gives.
///
/// Stricter than the self-test of `VideoDecoder`, which allows what the bundle's tolerance allows
/// against the exporter's frames: here two decodes of one runtime are compared.
public actor TrustRegister {
  /// What a comparison found.
  public struct Verdict: Sendable, Equatable, Codable {
    /// Of the worst golden frame, against `cpuOnly`.
    public let psnr: Double
    /// What the bundle asks of the precision that ran.
    public let tolerance: Double
    public var isTrusted: Bool { psnr >= tolerance }
  }

  private let verdicts: VerdictFolder
  private let system: String

  /// - Parameters:
  ///   - folder: Where verdicts are kept.
  ///   - system: What computes; another build may compute differently.
  public init(folder: URL, system: String = SystemIdentity.current) {
    verdicts = VerdictFolder(folder)
    self.system = system
  }

  /// The app's own, in its Application Support folder.
  ///
  /// - Throws: `install.storage` if there is no such folder.
  public static func standard() throws -> TrustRegister {
    TrustRegister(folder: try applicationSupport("trust"))
  }

  /// The first of these units that agrees with the CPU; nil if none does.
  ///
  /// - Parameter decode: Decodes the golden latents on units; asked for `cpuOnly` once, and for
  ///   nothing where the verdicts are known.
  /// - Throws: what keeps the CPU from decoding. Units that fail are passed over, and asked again
  ///   another time.
  public func firstTrusted(
    of units: [ComputeUnits], on bundle: ModelBundle,
    decode: @Sendable (ComputeUnits) async throws -> GoldenFrames
  ) async throws -> ComputeUnits? {
    // Without golden latents there is nothing to compare.
    guard bundle.manifest.golden != nil else { return nil }
    let hash = try bundle.sha256()
    var reference: GoldenFrames?
    for one in units {
      let key = [hash, "coreai", one.rawValue, system]
      if let kept = verdicts.verdict(Verdict.self, for: key) {
        if kept.isTrusted { return one }
        continue
      }
      let expected: GoldenFrames
      if let reference { expected = reference } else { expected = try await decode(.cpuOnly) }
      reference = expected
      guard let tolerance = bundle.manifest.golden?.tolerance[expected.precision],
        let found = try await Self.attempt(one, decode)
      else { continue }
      let verdict = Verdict(psnr: found.worstPSNR(against: expected), tolerance: tolerance.psnr)
      verdicts.keep(verdict, for: key)
      if verdict.isTrusted { return one }
    }
    return nil
  }

  /// nil if the units fail.
  private static func attempt(
    _ units: ComputeUnits, _ decode: @Sendable (ComputeUnits) async throws -> GoldenFrames
  ) async throws -> GoldenFrames? {
    do {
      return try await decode(units)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return nil
    }
  }
}
