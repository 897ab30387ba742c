// swift-tools-version: 6.0
import PackageDescription

// A package of its own: who does not want ExecuTorch does not download it. On Linux its sources are
// type-checked by the package one level up, and the engine of that system is H3AEExecuTorchHost.
//
// SwiftPM knows a local package by its folder: one called ExecuTorch would be taken for PyTorch's.
let package = Package(
  name: "H3AEExecuTorch",
  platforms: [.iOS(.v18), .macOS(.v15)],
  products: [.library(name: "H3AEExecuTorch", targets: ["H3AEExecuTorch"])],
  dependencies: [
    .package(name: "H3AEKit", path: ".."),
    // ExecuTorch publishes releases for SwiftPM as branches, which move: this is the head of
    // swiftpm-1.5.0, the newest release of which a branch is known.
    .package(
      url: "https://github.com/pytorch/executorch.git",
      revision: "56cc93a96d5fb8d21554ec5f00fbad5a5b228bc4"),
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
