#if canImport(CoreAI)
  import CoreAI
  import Foundation
  import H3AEDevice
  import H3AEKit

  /// Core AI: assets (`.aimodel`), on iOS 27 and macOS 27 and later.
  ///
  ///     let engine = try await CoreAIEngine.checked(on: bundle)
  ///     let decoder = VideoDecoder(bundle: bundle, engines: [engine])
  ///
  /// Core AI may silently compute other numbers on one processor than on the next. So it is let
  /// choose (`.default`) only where it has been seen to agree with the CPU on the bundle's golden
  /// vectors (`checked`); without that check, it computes on the CPU.
  @available(iOS 27.0, macOS 27.0, *)
  public struct CoreAIEngine: EngineFactory {
    public let target = "coreai"
    /// In the order of preference.
    public let units: [ComputeUnits]

    /// An engine that computes where it is told, unchecked.
    public init(units: [ComputeUnits] = [.cpuOnly]) { self.units = units }

    /// An engine that lets Core AI choose, or prefers one kind of processor, or keeps to the CPU:
    /// the first of these that agrees with the CPU.
    ///
    /// The first call for a bundle on a build of the system decodes the golden latents at least
    /// twice, and keeps the verdicts.
    ///
    /// - Parameter register: nil: the app's own.
    /// - Throws: what keeps the CPU from decoding, `install.storage`.
    public static func checked(
      on bundle: ModelBundle, register: TrustRegister? = nil
    ) async throws -> CoreAIEngine {
      let register = try register ?? .standard()
      let trusted = try await register.firstTrusted(
        of: [.all, .cpuAndNeuralEngine, .cpuAndGPU], on: bundle
      ) { try await golden(of: bundle, on: $0) }
      return CoreAIEngine(units: (trusted.map { [$0] } ?? []) + [.cpuOnly])
    }

    public func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits] { units }

    public func obstacle(to artifact: Manifest.Artifact) -> String? {
      SystemVersion.current.obstacle(to: artifact)
    }

    /// Specialises the asset, if the system does not hold that already.
    public func prepare(_ request: GraphRequest) async throws {
      if let options = request.units.specialization,
        (try? AIModelCache.default.model(for: request.url, options: options)) != nil
      {
        return
      }
      _ = try await Self.model(request)
    }

    public func open(_ request: GraphRequest) async throws -> any GraphSession {
      try await CoreAISession(request: request, model: Self.model(request))
    }

    public var versions: [String: String] { ["coreai": SystemVersion.current.description] }

    /// The specialised asset: from the system's cache if it is there, else made now and kept.
    private static func model(_ request: GraphRequest) async throws -> AIModel {
      guard let options = request.units.specialization else {
        throw H3AEError(.engineLoad, "Core AI knows no compute units \(request.units.rawValue)")
      }
      if let cached = try? AIModelCache.default.model(for: request.url, options: options) {
        return cached
      }
      do {
        return try await AIModel.specialize(contentsOf: request.url, options: options)
      } catch let error where error is CancellationError {
        throw error
      } catch {
        // A specialisation of a copy that was not whole yet stays in the cache and fails for ever.
        try? AIModelCache.default.deleteEntries(for: request.url)
        return try await specializedAgain(request, options)
      }
    }

    private static func specializedAgain(
      _ request: GraphRequest, _ options: SpecializationOptions
    ) async throws -> AIModel {
      do {
        return try await AIModel.specialize(contentsOf: request.url, options: options)
      } catch let error where error is CancellationError {
        throw error
      } catch {
        throw H3AEError(
          .engineLoad,
          "Core AI cannot load \(request.artifact.file) on \(request.units.rawValue): "
            + error.localizedDescription)
      }
    }

    /// The golden frames as these units give them.
    private static func golden(
      of bundle: ModelBundle, on units: ComputeUnits
    ) async throws -> GoldenFrames {
      var options = VideoDecoder.Options()
      options.target = "coreai"
      options.selfTest = false
      let decoder = VideoDecoder(
        bundle: bundle, engines: [CoreAIEngine(units: [units])], options: options)
      let frames = try await GoldenFrames(decoding: bundle, with: decoder)
      await decoder.unload()
      return frames
    }
  }
#endif
