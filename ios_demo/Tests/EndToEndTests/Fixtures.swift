import Foundation
import H3AEExecuTorchHost
import H3AEKit
import H3AEOnnxRuntime
import Testing

/// The demo bundle that Python exported, and what Python decodes from it
/// (`tests/mobile_vectors.py`).
enum Fixtures {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["H3AE_MOBILE_TEST"] {
      return URL(fileURLWithPath: path)
    }
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../..").standardizedFileURL
    return project.appendingPathComponent("out/mobile-test")
  }()

  static let bundleURL = folder.appendingPathComponent("h3ae-demo.h3ae")

  static func bundle() throws -> ModelBundle {
    try ModelBundle.open(at: bundleURL, verification: .sizes)
  }

  /// Tensors of one of Python's files.
  static func expected(_ name: String) throws -> [String: Tensor] {
    try Safetensors(
      contentsOf: folder.appendingPathComponent("expected/\(name).safetensors")
    ).tensors
  }
}

/// The runtimes of the host, each real.
enum HostEngine: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case onnx, executorch

  var testDescription: String { rawValue }

  func decoder(_ change: (inout VideoDecoder.Options) -> Void = { _ in }) throws -> VideoDecoder {
    var options = VideoDecoder.Options()
    change(&options)
    let engine: any EngineFactory =
      switch self {
      case .onnx: OnnxEngine()
      case .executorch: ExecuTorchHostEngine()
      }
    return VideoDecoder(bundle: try Fixtures.bundle(), engines: [engine], options: options)
  }
}

extension Tensor {
  /// Largest absolute difference; infinite for other shapes.
  func difference(to other: Tensor) throws -> Float {
    guard shape == other.shape else { return .infinity }
    let one = try converted(to: .float32)
    let two = try other.converted(to: .float32)
    return one.withUnsafeElements(as: Float.self) { one in
      two.withUnsafeElements(as: Float.self) { two in
        zip(one, two).reduce(0) { $1.0.isFinite ? max($0, abs($1.0 - $1.1)) : .infinity }
      }
    }
  }
}

extension [String: Tensor] {
  func named(_ name: String) throws -> Tensor { try #require(self[name]) }
}
