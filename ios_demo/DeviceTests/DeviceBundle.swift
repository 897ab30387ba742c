import Foundation
import H3AECoreML
import H3AEKit
import XCTest

/// The bundle that the app was built with, or that lies in its Documents.
enum DeviceBundle {
  /// - Throws: `XCTSkip` if there is none.
  static func open() throws -> ModelBundle {
    let folders = [URL.documentsDirectory, Bundle.main.bundleURL.appending(path: "Bundles")]
    for folder in folders {
      let found = try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)
      if let url = found?.first(where: { $0.pathExtension == "h3ae" }) {
        return try ModelBundle.open(at: url)
      }
    }
    throw XCTSkip("the app carries no bundle: see App/Bundles/README.md")
  }

  /// A decoder over Core ML.
  ///
  /// - Throws: `XCTSkip` for a bundle without Core ML files.
  static func decoder(
    units: ComputeUnits? = nil, selfTest: Bool = true
  ) throws -> VideoDecoder {
    let bundle = try open()
    guard bundle.manifest.artifacts.contains(where: { $0.target == "coreml" }) else {
      throw XCTSkip("the bundle holds no Core ML files")
    }
    var options = VideoDecoder.Options()
    options.target = "coreml"
    options.units = units
    options.selfTest = selfTest
    return VideoDecoder(bundle: bundle, engines: [try CoreMLEngine()], options: options)
  }
}
