import H3AEKit

/// How much of a graph one unit runs, for `Placement` of the report.
public struct UnitShare: Sendable, Equatable {
  /// Key of `Manifest.graphs`.
  public let graph: String
  /// `cpu`, `gpu` or `neural_engine`.
  public let unit: String
  public let operations: Int
  /// Of the graph's estimated cost, from 0 to 1.
  public let cost: Double

  /// Sums operations up by unit.
  ///
  /// - Parameter operations: Unit and estimated cost of each. Costs are scaled to a total of 1, as
  ///   Core ML's leave out what it knows no cost of.
  public static func summed(
    _ operations: [(unit: String, cost: Double)], graph: String
  ) -> [UnitShare] {
    let total = operations.reduce(0) { $0 + $1.cost }
    let byUnit = Dictionary(grouping: operations, by: \.unit)
    return byUnit.map { unit, members in
      UnitShare(
        graph: graph, unit: unit, operations: members.count,
        cost: total > 0 ? min(1, members.reduce(0) { $0 + $1.cost } / total) : 0)
    }.sorted { $0.unit < $1.unit }
  }
}

#if canImport(CoreML)
  import CoreML
  import Foundation

  /// Core ML's own answer to where a model runs (`MLComputePlan`).
  enum ComputePlan {
    /// Operations of a graph by the unit that Core ML prefers for them.
    ///
    /// - Throws: `engine.load` if there is no plan, or the model is no ML program.
    static func shares(of request: GraphRequest, compiled: URL) async throws -> [UnitShare] {
      let plan: MLComputePlan
      do {
        plan = try await MLComputePlan.load(
          contentsOf: compiled, configuration: CoreMLSession.configuration(for: request))
      } catch {
        throw H3AEError(
          .engineLoad,
          "Core ML makes no plan of \(request.artifact.graph): \(error.localizedDescription)")
      }
      guard case .program(let program) = plan.modelStructure,
        let function = program.functions[request.artifact.entry] ?? program.functions["main"]
      else { throw H3AEError(.engineLoad, "\(request.artifact.graph) is no ML program") }
      return UnitShare.summed(
        operations(of: function.block, in: plan), graph: request.artifact.graph)
    }

    private static func operations(
      of block: MLModelStructure.Program.Block, in plan: MLComputePlan
    ) -> [(unit: String, cost: Double)] {
      block.operations.flatMap { operation -> [(unit: String, cost: Double)] in
        let inner = operation.blocks.flatMap { operations(of: $0, in: plan) }
        // Constants run nowhere, and have no usage.
        guard let usage = plan.deviceUsage(for: operation) else { return inner }
        let cost = plan.estimatedCost(of: operation)?.weight ?? 0
        return [(name(of: usage.preferred), cost)] + inner
      }
    }

    private static func name(of device: MLComputeDevice) -> String {
      switch device {
      case .cpu: "cpu"
      case .gpu: "gpu"
      case .neuralEngine: "neural_engine"
      @unknown default: "other"
      }
    }
  }
#endif
