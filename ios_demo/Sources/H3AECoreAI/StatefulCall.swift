#if canImport(CoreAI)
  import CoreAI
  import H3AEKit

  /// One call of a function with any number of states.
  ///
  /// Core AI takes states as views that must not outlive the variables they point at, and lets no
  /// loop collect views of variables of its own. So every state gets a stack frame: the call is
  /// made in the innermost of a chain of functions, each of which holds one state and hands its
  /// view on.
  @available(iOS 27.0, macOS 27.0, *)
  struct StatefulCall: Sendable {
    struct Result: Sendable {
      var outputs: [String: NDArray]
      var states: [String: NDArray]
    }

    let function: InferenceFunction
    let inputs: [String: NDArray]
    /// Names of the outputs to take.
    let outputs: [String]

    /// Runs the function.
    ///
    /// - Parameter states: As they are before the call; handed over, so that the call changes them
    ///   in place instead of a copy.
    /// - Throws: Core AI's errors, `engine.output` if an output is missing.
    func run(states: consuming [String: NDArray]) async throws -> Result {
      var waiting = states
      return try await bind(&waiting, InferenceFunction.MutableViews())
    }

    private func bind(
      _ waiting: inout [String: NDArray], _ views: consuming InferenceFunction.MutableViews
    ) async throws -> Result {
      guard let name = waiting.keys.first, var state = waiting.removeValue(forKey: name) else {
        return try await call(views)
      }
      views.insert(&state, for: name)
      var result = try await bind(&waiting, views)
      result.states[name] = state
      return result
    }

    private func call(_ views: consuming InferenceFunction.MutableViews) async throws -> Result {
      var given = try await function.run(inputs: inputs, states: views)
      var taken: [String: NDArray] = [:]
      for name in outputs {
        guard let array = given.remove(name)?.ndArray else {
          throw H3AEError(.engineOutput, "Core AI gave no array \(name)")
        }
        taken[name] = array
      }
      return Result(outputs: taken, states: [:])
    }
  }
#endif
