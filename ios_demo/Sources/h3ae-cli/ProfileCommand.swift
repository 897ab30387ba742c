import Foundation
import H3AEDemoCore
import H3AEKit

struct ProfileCommand {
  private let bundle: ModelBundle
  private let output: URL
  private let plan: Profiler.Plan

  init(_ arguments: inout Arguments) throws {
    guard let output = try arguments.option("out") else {
      throw UsageError(message: "--out is missing")
    }
    self.output = URL(fileURLWithPath: output)
    plan = Profiler.Plan(
      repetitions: try arguments.number("repetitions", default: 20, 1...100_000),
      warmup: try arguments.number("warmup", default: 3, 0...100_000),
      sustained: Double(try arguments.number("sustained", default: 0, 0...86_400)),
      target: try arguments.option("target"), precision: try arguments.option("precision"))
    let place = try arguments.place("a bundle")
    try arguments.finish()
    bundle = try ModelBundle.open(at: place)
  }

  func run() async throws {
    let profiler = Profiler(
      bundle: bundle, engines: try HostEngines.all(), plan: plan, probes: Host.probes,
      isFreshProcess: true)
    let measurement = try await profiler.run { step, done, total in
      H3AECommand.tell("\(step) \(done)/\(total)")
    }
    let maker = ReportMaker(profiler: profiler, setting: Host.setting)
    let report = try maker.report(of: measurement)
    try report.write(to: output)
    let median = (report.clip.p50 * 1000).rounded()
    print("\(report.label): \(report.workload.frames) frames in \(median) ms; \(output.path)")
  }
}
