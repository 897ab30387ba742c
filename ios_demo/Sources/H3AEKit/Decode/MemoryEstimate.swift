import Foundation

#if os(iOS)
  import os
#endif

/// Whether a decode fits into the memory that is left, told before it begins.
public struct MemoryEstimate: Sendable, Equatable {
  /// The way that would be taken: the preferred one of those that fit.
  public let mode: DecodeMode
  /// Frames that come out.
  public let frames: Int
  /// What the decode needs at its peak: weights, caches, features and the largest activations, with
  /// `headroom` for the runtime's own workspace. nil if the bundle has no memory table.
  public let bytes: Int?
  /// What the system would still give; nil where it does not tell.
  public let available: Int?
  /// Whether it fits; true where nobody can tell.
  public let fits: Bool
  /// A way out, if it does not fit.
  public let advice: String?

  /// The manifest's figures come from the graphs alone. Runtimes add packed weights and workspace:
  /// in the measurements behind this project, up to a third.
  static let headroom = 4.0 / 3.0
}

extension ModelBundle {
  /// Picks the way to decode so many latent frames, by the memory that is left.
  ///
  /// - Throws: `decode.unsupported`.
  ///
  /// - Parameter loaded: graphs whose weights are in memory already, and in `available` no more.
  func estimate(
    latents: Int, conditioned: Bool, mode: DecodeMode?, available: Int?,
    loaded: Set<String>
  ) throws -> (DecodePlan, MemoryEstimate) {
    let plans = try manifest.plans(latents: latents, conditioned: conditioned, mode: mode)
    var last: (DecodePlan, MemoryEstimate)?
    for plan in plans {
      let bytes = manifest.peakBytes(
        of: plan, conditioned: conditioned, loaded: loaded)
      let fits = bytes.flatMap { bytes in available.map { bytes <= $0 } } ?? true
      let estimate = MemoryEstimate(
        mode: plan.mode, frames: plan.frames(latents: latents), bytes: bytes, available: available,
        fits: fits, advice: fits ? nil : advice(plan))
      if fits { return (plan, estimate) }
      last = (plan, estimate)
    }
    // `plans` is never empty: it throws instead.
    guard let last else { throw H3AEError(.decodeUnsupported, "there is no way to decode") }
    return last
  }

  /// Whether one call of a graph fits, of an encoder for instance; true where nobody can tell.
  ///
  /// - Throws: `memory.insufficient`, with a way out.
  func checkMemory(of graph: String, available: Int?, loaded: Set<String>) throws {
    guard let stage = manifest.memory?.stages[graph], let available else { return }
    let weights = loaded.contains(graph) ? 0 : stage.weights
    let bytes = Int(Double(weights + stage.activations) * MemoryEstimate.headroom)
    guard bytes > available else { return }
    throw H3AEError(
      .memoryInsufficient,
      "'\(graph)' needs about \(bytes >> 20) MiB, \(available >> 20) MiB are left",
      advice: Self.smaller)
  }

  private func advice(_ plan: DecodePlan) -> String {
    switch plan {
    case .clip where manifest.schedule.stream == nil:
      "export with --mode both, so that long clips are decoded as a stream"
    default: Self.smaller
    }
  }

  private static let smaller =
    "use a bundle of smaller frames or of precision fp16, or close other apps"
}

extension Manifest {
  fileprivate func peakBytes(
    of plan: DecodePlan, conditioned: Bool, loaded: Set<String>
  ) -> Int? {
    guard let memory else { return nil }
    var names = plan.graphs
    if conditioned, let i2v = schedule.i2v { names.append(i2v.encoder) }
    var held = 0.0
    var largest = 0.0
    for name in names {
      guard let stage = memory.stages[name] else { return memory.peak }
      held += Double(stage.caches) + (loaded.contains(name) ? 0 : Double(stage.weights))
      largest = max(largest, Double(stage.activations))
    }
    // A clip's features wait while their frames are decoded, call by call.
    let features = graphs[plan.graphs[0]]?.output(.features)?.byteCount ?? 0
    return Int((held + largest + Double(features)) * MemoryEstimate.headroom)
  }
}

/// What the system would still give this process.
public enum SystemMemory {
  /// Bytes, or nil where the system does not tell. On iOS, what is left below the limit at which it
  /// ends the app.
  public static var available: Int? {
    #if os(iOS)
      #if targetEnvironment(simulator)
        // A process of the Mac, which has no limit; the call gives 0.
        return nil
      #else
        guard !ProcessInfo.processInfo.isiOSAppOnMac else { return nil }
        return known(os_proc_available_memory())
      #endif
    #elseif os(Linux)
      return availableOnLinux
    #else
      return nil
    #endif
  }

  /// Where the system has set no limit, it gives 0.
  static func known(_ bytes: Int) -> Int? { bytes > 0 ? bytes : nil }

  #if os(Linux)
    private static var availableOnLinux: Int? {
      guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
        return nil
      }
      let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
      return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
  #endif
}
