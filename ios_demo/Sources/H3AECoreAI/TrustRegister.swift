import Foundation
import H3AEDevice
import H3AEKit

/// Remembers, for each bundle and release of the system, whether the units that a runtime chooses
/// by itself give what its CPU gives.
public actor TrustRegister {
  /// What a comparison found.
  public struct Verdict: Sendable, Equatable, Codable {
    /// Of the worst golden frame, `all` against `cpuOnly`.
    public let psnr: Double
    /// What the bundle asks of the precision that ran.
    public let tolerance: Double
    public var isTrusted: Bool { psnr >= tolerance }
  }

  private let folder: URL
  private let system: String

  /// - Parameters:
  ///   - folder: Where verdicts are kept.
  ///   - system: The release; a new one may compute differently.
  public init(folder: URL, system: String = SystemVersion.current.description) {
    self.folder = folder
    self.system = system
  }

  /// The kept verdict, or a new one.
  ///
  /// - Parameter decode: Decodes the golden latents on units.
  /// - Throws: what keeps the CPU from decoding. If other units fail, they are not trusted.
  public func verdict(
    on bundle: ModelBundle, decode: @Sendable (ComputeUnits) async throws -> GoldenFrames
  ) async throws -> Verdict {
    let place = folder.appendingPathComponent("\(try bundle.sha256())-\(system).json")
    if let data = try? Data(contentsOf: place),
      let kept = try? JSONDecoder().decode(Verdict.self, from: data)
    {
      return kept
    }
    let reference = try await decode(.cpuOnly)
    guard let tolerance = bundle.manifest.golden?.tolerance[reference.precision] else {
      return Verdict(psnr: -200, tolerance: 0)
    }
    let psnr: Double
    do {
      psnr = try await decode(.all).worstPSNR(against: reference)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      psnr = -200
    }
    let verdict = Verdict(psnr: psnr, tolerance: tolerance.psnr)
    keep(verdict, at: place)
    return verdict
  }

  /// A verdict that cannot be kept is found again next time.
  private func keep(_ verdict: Verdict, at place: URL) {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard let data = try? JSONEncoder().encode(verdict) else { return }
    try? data.write(to: place, options: .atomic)
  }
}
