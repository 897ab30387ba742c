import Foundation
import H3AEKit

/// One line of a result screen. Names are keys of the app's string catalogue.
public struct Figure: Sendable, Equatable, Identifiable {
  public let name: String
  public let value: String
  public var id: String { name }
}

/// Figures under one heading.
public struct FigureGroup: Sendable, Equatable, Identifiable {
  public let title: String
  public let figures: [Figure]
  public var id: String { title }

  /// What a measurement says, the most asked-for first.
  public static func groups(of measurement: ProfileMeasurement) -> [FigureGroup] {
    [
      FigureGroup(title: "Clip", figures: clip(measurement)),
      FigureGroup(title: "Load", figures: load(measurement)),
      FigureGroup(title: "Device", figures: device(measurement)),
      FigureGroup(title: "Without a pause", figures: sustained(measurement)),
    ].filter { !$0.figures.isEmpty }
  }

  private static func clip(_ measurement: ProfileMeasurement) -> [Figure] {
    guard !measurement.clips.isEmpty else { return [] }
    let whole = Distribution(samples: measurement.clips.map(\.whole))
    let first = Distribution(samples: measurement.clips.map(\.firstFrame))
    return [
      Figure(name: "Runs as", value: measurement.variant.description),
      Figure(name: "Frames", value: "\(measurement.frames)"),
      Figure(name: "Median (p50)", value: milliseconds(whole.p50)),
      Figure(name: "Slow (p90)", value: milliseconds(whole.p90)),
      Figure(name: "First frame", value: milliseconds(first.p50)),
      Figure(name: "Frames a second", value: fixed(Double(measurement.frames) / whole.p50, 1)),
    ]
  }

  private static func load(_ measurement: ProfileMeasurement) -> [Figure] {
    [
      measurement.firstLoad.map { Figure(name: "First load", value: milliseconds($0)) },
      measurement.coldLoad.map { Figure(name: "Cold load", value: milliseconds($0)) },
      measurement.warmLoads.isEmpty
        ? nil
        : Figure(
          name: "Warm load",
          value: milliseconds(Distribution(samples: measurement.warmLoads).p50)),
      Figure(name: "First clip", value: milliseconds(measurement.firstClip)),
    ].compactMap { $0 }
  }

  private static func device(_ measurement: ProfileMeasurement) -> [Figure] {
    let memory = measurement.memory.map { trace in
      Figure(name: "Memory of the decoder", value: megabytes(trace.peak - trace.base))
    }
    let golden = measurement.golden.map { result in
      Figure(name: "Worst golden frame", value: "\(fixed(result.psnr, 1)) dB")
    }
    let heat = Figure(
      name: "Heat", value: "\(measurement.thermalBefore) → \(measurement.thermalAfter)")
    return [memory, heat, golden].compactMap { $0 }
  }

  private static func sustained(_ measurement: ProfileMeasurement) -> [Figure] {
    let rates = measurement.sustained.map { Double($0.frames) / $0.seconds }
    guard let first = rates.first, let lowest = rates.min(), let last = measurement.sustained.last
    else { return [] }
    return [
      Figure(name: "At the start", value: "\(fixed(first, 1)) fps"),
      Figure(name: "Slowest", value: "\(fixed(lowest, 1)) fps"),
      Figure(name: "Heat at the end", value: last.thermal),
    ]
  }

  private static func milliseconds(_ seconds: Double) -> String { "\(fixed(seconds * 1000, 1)) ms" }

  private static func megabytes(_ bytes: Int) -> String { "\(fixed(Double(bytes) / 1e6, 0)) MB" }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
