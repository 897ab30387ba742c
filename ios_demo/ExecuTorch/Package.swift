// swift-tools-version: 6.0
import PackageDescription

// A package of its own: who does not want ExecuTorch does not download it. On Linux its sources are
// type-checked by the package one level up, and the engine of that system is H3AEExecuTorchHost.
let package = Package(
  name: "H3AEExecuTorch",
  platforms: [.iOS(.v18), .macOS(.v15)],
  products: [.library(name: "H3AEExecuTorch", targets: ["H3AEExecuTorch"])],
  dependencies: [
    .package(name: "H3AEKit", path: ".."),
    // ExecuTorch publishes each release for SwiftPM as a branch; it reads the programs that the
    // exporter's release, 1.5.1, writes.
    .package(url: "https://github.com/pytorch/executorch.git", branch: "swiftpm-1.5.1"),
  ],
  targets: [
    .target(
      name: "H3AEExecuTorch",
      dependencies: [
        .product(name: "H3AEKit", package: "H3AEKit"),
        .product(name: "executorch", package: "executorch"),
        .product(name: "backend_xnnpack", package: "executorch"),
        .product(name: "kernels_optimized", package: "executorch"),
        .product(name: "kernels_quantized", package: "executorch"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
