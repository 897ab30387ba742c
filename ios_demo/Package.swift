// swift-tools-version: 6.0
import Foundation
import PackageDescription

// What users get are the libraries below, on Apple's systems. On Linux the package is tested:
//
//   H3AE_APPLE_STUBS=1          type-check every Apple-only file against the signatures in AppleStubs
//   H3AE_ONNXRUNTIME=1          build the ONNX Runtime engine (Debian's headers, any library)
//   H3AE_EXECUTORCH=FOLDER      build the ExecuTorch engine against the installed Python package
//   H3AE_CORE_ALONE=1           the core and its tests alone, for the thread sanitizer
//
// tools/test.sh sets them, in builds of their own. Xcode sees none of this and
// resolves `import CoreML` to its SDK.
#if os(Linux)
  let environment = ProcessInfo.processInfo.environment
  let withStubs = environment["H3AE_APPLE_STUBS"] == "1"
  let withOnnxRuntime = environment["H3AE_ONNXRUNTIME"] == "1"
  let executorch = environment["H3AE_EXECUTORCH"]
  let coreAlone = environment["H3AE_CORE_ALONE"] == "1"
  // Tests hash and convert real bundles and frames, which takes minutes without the optimiser; the
  // optimiser takes a minute of its own, which builds that do neither are spared.
  let kitSettings: [SwiftSetting] = withStubs || coreAlone ? [] : [.unsafeFlags(["-O"])]
#else
  let withStubs = false
  let withOnnxRuntime = false
  let executorch: String? = nil
  let coreAlone = false
  let kitSettings: [SwiftSetting] = []
#endif

// MARK: The package as its users have it

let package = Package(
  name: "H3AEKit",
  defaultLocalization: "en",
  platforms: [.iOS(.v18), .macOS(.v15)],
  products: [
    .library(name: "H3AEKit", targets: ["H3AEKit"]),
    .library(name: "H3AECoreML", targets: ["H3AECoreML"]),
    .library(name: "H3AECoreAI", targets: ["H3AECoreAI"]),
    .library(name: "H3AEDevice", targets: ["H3AEDevice"]),
    .library(name: "H3AEVideo", targets: ["H3AEVideo"]),
    .library(name: "H3AEDemoCore", targets: ["H3AEDemoCore"]),
    .executable(name: "h3ae-cli", targets: ["h3ae-cli"]),
  ],
  targets: [
    .target(name: "H3AEKit", swiftSettings: kitSettings),
    .target(
      name: "H3AEDevice", dependencies: ["H3AEKit"] + stubs("DarwinSignatures", "UIKit", "os")),
    .target(
      name: "H3AEVideo",
      dependencies: ["H3AEKit"] + stubs("AVFoundation", "CoreGraphics", "CoreVideo", "ImageIO")),
    .target(
      name: "H3AECoreML",
      dependencies: ["H3AEKit", "H3AEDevice", "H3AEVideo"]
        + stubs("CoreML", "CoreVideo", "DarwinSignatures", "os")),
    .target(
      name: "H3AECoreAI",
      dependencies: ["H3AEKit", "H3AEDevice"] + stubs("CoreAI", "DarwinSignatures")),
    .target(
      name: "H3AEDemoCore", dependencies: ["H3AEKit", "H3AEDevice", "H3AEVideo"] + stubs("UIKit")),
    .testTarget(
      name: "H3AEKitTests", dependencies: ["H3AEKit"]),
    .testTarget(
      name: "H3AEAppleTests",
      dependencies: ["H3AECoreAI", "H3AECoreML", "H3AEDemoCore", "H3AEDevice", "H3AEVideo"]),
  ],
  swiftLanguageModes: [.v6]
)

// MARK: Signatures of Apple's frameworks

/// Stub modules and the stubs that they import themselves.
let stubModules: [String: [String]] = [
  "AVFoundation": ["CoreMedia"],
  "CoreAI": [],
  "CoreGraphics": [],
  "CoreML": ["CoreVideo"],
  "CoreMedia": ["CoreVideo"],
  "CoreTransferable": ["UniformTypeIdentifiers"],
  "CoreVideo": ["CoreGraphics"],
  "DarwinSignatures": [],
  "ExecuTorch": [],
  "ImageIO": ["CoreGraphics"],
  "Photos": [],
  "PhotosUI": ["CoreTransferable", "SwiftUI"],
  "SwiftUI": ["CoreGraphics", "CoreTransferable", "UIKit"],
  "UIKit": ["CoreVideo"],
  "UniformTypeIdentifiers": [],
  "VideoToolbox": ["CoreVideo"],
  "XCTestMetrics": [],
  "os": [],
]

func stubs(_ names: String...) -> [Target.Dependency] {
  withStubs ? names.map { .target(name: $0) } : []
}

if withStubs {
  package.targets += stubModules.sorted { $0.key < $1.key }.map { name, imports in
    .target(
      name: name, dependencies: imports.map { .target(name: $0) }, path: "AppleStubs/\(name)",
      swiftSettings: [.swiftLanguageMode(.v5)])
  }
  // What other packages and the Xcode project build on a Mac. Libraries here: what pulls in
  // Observation does not link on Linux.
  package.targets += [
    .target(
      name: "H3AEExecuTorch", dependencies: ["H3AEKit", "ExecuTorch", "DarwinSignatures"],
      path: "H3AEExecuTorch/Sources/H3AEExecuTorch"),
    .target(
      name: "H3AEDemoApp",
      dependencies: [
        "H3AECoreAI", "H3AECoreML", "H3AEDemoCore", "H3AEExecuTorch", "H3AEKit", "H3AEVideo",
        "PhotosUI", "Photos", "SwiftUI", "VideoToolbox",
      ],
      path: "App/H3AEDemo",
      exclude: [
        "Assets.xcassets", "H3AEDemo.entitlements", "InfoPlist.xcstrings", "Localizable.xcstrings",
        "PrivacyInfo.xcprivacy",
      ]),
    .target(
      name: "H3AEDeviceTests",
      dependencies: [
        "H3AECoreML", "H3AEDemoCore", "H3AEKit", "H3AEVideo", "CoreVideo", "XCTestMetrics",
      ],
      path: "DeviceTests"),
  ]
}

// MARK: Engines of the host

var hostEngines: [Target.Dependency] = []
var hostDefines: [String] = []

if withOnnxRuntime {
  package.targets += [
    .systemLibrary(name: "COnnxRuntime"),
    .target(name: "H3AEOnnxRuntime", dependencies: ["H3AEKit", "COnnxRuntime"]),
  ]
  hostEngines.append("H3AEOnnxRuntime")
  hostDefines.append("WITH_ONNXRUNTIME")
}

if let executorch {
  package.targets += [
    .target(
      name: "CExecuTorchShim",
      cxxSettings: [
        .unsafeFlags([
          "-std=c++17", "-isystem", "\(executorch)/include",
          "-isystem", "\(executorch)/include/executorch/runtime/core/portable_type/c10",
          "-DC10_USING_CUSTOM_GENERATED_MACROS", "-DET_EVENT_TRACER_ENABLED", "-DET_USE_THREADPOOL",
        ])
      ],
      linkerSettings: [
        .unsafeFlags([
          "-L\(executorch)/lib", "-Xlinker", "--no-as-needed", "-lexecutorch",
          "-lexecutorch_kernels_optimized", "-lexecutorch_backend_xnnpack",
          "-lexecutorch_threadpool", "-Xlinker", "-rpath", "-Xlinker", "\(executorch)/lib",
        ])
      ]),
    .target(name: "H3AEExecuTorchHost", dependencies: ["H3AEKit", "CExecuTorchShim"]),
  ]
  hostEngines.append("H3AEExecuTorchHost")
  hostDefines.append("WITH_EXECUTORCH")
}

// MARK: What uses the engines

package.targets += [
  .executableTarget(
    name: "h3ae-cli",
    dependencies: ["H3AEKit", "H3AECoreML", "H3AEDemoCore", "H3AEDevice", "H3AEVideo"]
      + hostEngines,
    swiftSettings: hostDefines.map { .define($0) })
]
if !hostEngines.isEmpty {
  package.targets.append(
    .testTarget(name: "EndToEndTests", dependencies: ["H3AEDemoCore", "H3AEKit"] + hostEngines))
}

if coreAlone {
  package.products.removeAll { $0.name != "H3AEKit" }
  package.targets.removeAll { !["H3AEKit", "H3AEKitTests"].contains($0.name) }
}
