// Follows https://developer.apple.com/documentation/coreai/aimodel, .../aimodelcache,
// .../specializationoptions and .../computeunitkind (iOS 27)

@_exported import Foundation

@available(macOS 27.0, iOS 27.0, *)
public enum ComputeUnitKind: Sendable, Hashable {
  case cpu
  case gpu
  case neuralEngine
  public static var availableKinds: Set<ComputeUnitKind> { fatalError("signature") }
}

@available(macOS 27.0, iOS 27.0, *)
public struct SpecializationOptions: Sendable, Hashable {
  public static let `default` = SpecializationOptions()
  public static let cpuOnly = SpecializationOptions()
  fileprivate init() {}
  public init(preferredComputeUnitKind: ComputeUnitKind) { fatalError("signature") }
  public var preferredComputeUnitKind: ComputeUnitKind? { fatalError("signature") }
}

@available(macOS 27.0, iOS 27.0, *)
public final class AIModelCache: Sendable {
  public struct Policy: Sendable {
    public static let `default` = Policy()
    public static let persistent = Policy()
  }
  public static let `default` = AIModelCache()
  fileprivate init() {}
  public func model(for modelURL: URL, options: SpecializationOptions) throws -> AIModel? {
    fatalError("signature")
  }
  public func deleteEntries(for modelURL: URL) throws { fatalError("signature") }
}

@available(macOS 27.0, iOS 27.0, *)
public struct AIModel: Sendable {
  public init(contentsOf modelURL: URL, options: SpecializationOptions = .default) async throws {
    fatalError("signature")
  }
  @discardableResult
  public static func specialize(
    contentsOf modelURL: URL, options: SpecializationOptions = .default,
    cache: AIModelCache = .default, cachePolicy: AIModelCache.Policy = .default
  ) async throws -> AIModel { fatalError("signature") }
  public static var deviceArchitectureName: String { fatalError("signature") }
  public var functionNames: [String] { fatalError("signature") }
  public func functionDescriptor(for functionName: String) -> InferenceFunctionDescriptor? {
    fatalError("signature")
  }
  public func loadFunction(named functionName: String) throws -> InferenceFunction? {
    fatalError("signature")
  }
}
