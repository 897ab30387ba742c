import Foundation

/// Remembers across launches which units gave a bundle's golden frames, and which gave others.
///
/// A verdict holds for one bundle at one size, one choice of artifacts and units, one version of the
/// runtime and of this package, and one build of the system on one kind of device. What else goes
/// wrong, such as a file that does not load or memory that runs out, may go well the next time and is
/// not kept.
public struct TrustStore: Sendable {
  private let verdicts: VerdictFolder
  private let system: String

  /// - Parameters:
  ///   - folder: Where verdicts are kept.
  ///   - system: What computes.
  public init(folder: URL, system: String = SystemIdentity.current) {
    verdicts = VerdictFolder(folder)
    self.system = system
  }

  /// The app's own, in its Application Support folder.
  ///
  /// - Throws: `install.storage` if there is no such folder.
  public static func standard() throws -> TrustStore {
    TrustStore(folder: try applicationSupport("trust"))
  }

  /// Forgets all verdicts.
  public func clear() { verdicts.clear() }

  /// - Parameter way: nil: the preferred one.
  func outcome(
    of bundle: ModelBundle, _ variant: Variant, _ versions: [String: String],
    way: DecodeWay? = nil
  ) -> LoadReport.Outcome? {
    guard let key = key(bundle, variant, versions, way) else { return nil }
    return verdicts.verdict(Verdict.self, for: key)?.outcome
  }

  func keep(
    _ outcome: LoadReport.Outcome, of bundle: ModelBundle, _ variant: Variant,
    _ versions: [String: String], way: DecodeWay? = nil
  ) {
    guard let verdict = Verdict(outcome), let key = key(bundle, variant, versions, way) else {
      return
    }
    verdicts.keep(verdict, for: key)
  }

  private func key(
    _ bundle: ModelBundle, _ variant: Variant, _ versions: [String: String],
    _ way: DecodeWay?
  ) -> [String]? {
    guard let hash = try? bundle.sha256() else { return nil }
    let runtime = versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let size = "\(bundle.manifest.video.height)x\(bundle.manifest.video.width)"
    return [hash, size, variant.description, system, "h3ae-kit \(KitVersion.current)"] + runtime
      + (way.map { ["\($0)"] } ?? [])
  }

  /// An outcome of the self-test, as it is written down.
  private struct Verdict: Codable {
    var golden: GoldenResult?
    var refusal: String?
    var advice: String?

    init?(_ outcome: LoadReport.Outcome) {
      switch outcome {
      case .trusted(let result): golden = result
      case .refused(let error) where error.code == .engineOutput:
        refusal = error.message
        advice = error.advice
      case .refused, .unchecked: return nil
      }
    }

    var outcome: LoadReport.Outcome? {
      golden.map(LoadReport.Outcome.trusted)
        ?? refusal.map { .refused(H3AEError(.engineOutput, $0, advice: advice)) }
    }
  }
}
