import COnnxRuntime
import Foundation
import H3AEKit

/// The shared library of ONNX Runtime: one exported symbol and a table of functions, so that any
/// library at least as new as the headers will do.
///
/// `@unchecked Sendable`: both pointers are set once, to a table that nobody writes and to an
/// environment that ONNX Runtime documents as safe to use from all threads. Neither is ever freed:
/// the environment has the life of the process.
final class OnnxLibrary: @unchecked Sendable {
  let api: OrtApi
  let environment: OpaquePointer
  let version: String

  /// - Parameter path: of `libonnxruntime`; nil: where `H3AE_ONNXRUNTIME_LIBRARY` says, else where
  ///   the system's loader finds it.
  init(path: String?) throws {
    let named = path ?? ProcessInfo.processInfo.environment["H3AE_ONNXRUNTIME_LIBRARY"]
    let base = try Self.base(named ?? Self.defaultName)
    guard let table = base.pointee.GetApi?(UInt32(ORT_API_VERSION)) else {
      throw H3AEError(
        .engineUnavailable, "ONNX Runtime is older than the headers it was built with",
        advice: "install version 1.\(ORT_API_VERSION) or later")
    }
    api = table.pointee
    version = base.pointee.GetVersionString?().map { String(cString: $0) } ?? "unknown"
    var made: OpaquePointer?
    try Self.check(api, api.CreateEnv(ORT_LOGGING_LEVEL_ERROR, "h3ae", &made), .engineUnavailable)
    guard let made else {
      throw H3AEError(.engineUnavailable, "ONNX Runtime gave no environment")
    }
    environment = made
  }

  func check(_ status: OpaquePointer?, _ code: H3AEError.Code) throws {
    try Self.check(api, status, code)
  }

  private static func check(
    _ api: OrtApi, _ status: OpaquePointer?, _ code: H3AEError.Code
  ) throws {
    guard let status else { return }
    defer { api.ReleaseStatus(status) }
    let message = api.GetErrorMessage(status).map { String(cString: $0) } ?? "no reason given"
    throw H3AEError(code, "ONNX Runtime: \(message)")
  }

  private static func base(_ name: String) throws -> UnsafePointer<OrtApiBase> {
    guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL),
      let symbol = dlsym(handle, "OrtGetApiBase")
    else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw H3AEError(
        .engineUnavailable, "ONNX Runtime cannot be loaded: \(reason)",
        advice: "name its library in H3AE_ONNXRUNTIME_LIBRARY")
    }
    typealias GetBase = @convention(c) () -> UnsafePointer<OrtApiBase>
    return unsafeBitCast(symbol, to: GetBase.self)()
  }

  private static var defaultName: String {
    #if os(macOS)
      "libonnxruntime.dylib"
    #else
      "libonnxruntime.so.1"
    #endif
  }
}
