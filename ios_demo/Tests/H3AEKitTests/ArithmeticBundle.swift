import Foundation

@testable import H3AEKit

/// A bundle of 32 x 32 frames, whose graphs `ArithmeticEngine` runs: clips of two latents, streams,
/// and both with a first frame. Its golden frames are what the arithmetic gives.
enum ArithmeticBundle {
  struct Options {
    var hasGolden = true
    /// Golden frames of decodes with a first frame, too (format 1.2).
    var hasConditioned = true
    var hasClip = true
    var hasStream = true
    var keepsStates = false
    var framesPerCall = 4
    /// Bytes of weights of each graph.
    var weights: Int? = 1000
    var activations = 500
  }

  static func make(in scratch: Scratch, _ options: Options = Options()) throws -> ModelBundle {
    let root = scratch.url.appendingPathComponent("arithmetic.h3ae")
    for name in ["artifacts", "golden"] {
      try FileManager.default.createDirectory(
        at: root.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    let program = root.appendingPathComponent("artifacts/program")
    try Data("arithmetic".utf8).write(to: program)
    let manifest = try document(
      options, program, golden: options.hasGolden ? golden(options, root) : nil)
    try JSONSerialization.data(withJSONObject: manifest)
      .write(to: root.appendingPathComponent("manifest.json"))
    return try ModelBundle.open(at: root)
  }

  static func latents(_ values: [Float]) throws -> Tensor {
    try Tensor(shape: [values.count, 1, 1, 1], floats: values)
  }

  /// Of a first frame of one value.
  static func image(_ value: Float) throws -> Tensor {
    try Tensor(shape: [1, 3, 32, 32], floats: [Float](repeating: value, count: 3 * 32 * 32))
  }

  /// Pixel values of all frames that these latents decode to, with a first frame of one value.
  static func frames(_ latents: [Float], firstFrame: Float = 0) -> [Float] {
    var sum = firstFrame
    return latents.enumerated().flatMap { index, latent -> [Float] in
      sum += latent
      return [Float](repeating: sum / 10, count: index == 0 ? 1 : 8)
    }
  }

  private static func golden(_ options: Options, _ root: URL) throws -> [String: Any] {
    let latents: [Float] = [1, 2]
    func chosen(_ values: [Float]) throws -> Tensor {
      let pixels = [values[0], values[8]].flatMap { [Float](repeating: $0, count: 3 * 32 * 32) }
      return try Tensor(shape: [2, 3, 32, 32], floats: pixels)
    }
    var golden: [String: Any] = [
      "source": "arithmetic", "frame_indices": [0, 8],
      "latents": try tensor("latents", Self.latents(latents), root),
      "frames": try tensor("frames", chosen(frames(latents)), root),
      "image": try tensor("image", image(0.5), root),
      "tolerance": ["fp32": ["max_abs": 1e-3, "psnr_db": 60]],
    ]
    if options.hasConditioned {
      let conditioned = try chosen(frames(latents, firstFrame: 0.5))
      golden["conditioned"] = try tensor("conditioned", conditioned, root)
    }
    return golden
  }

  private static func tensor(_ name: String, _ tensor: Tensor, _ root: URL) throws -> [String: Any]
  {
    let url = root.appendingPathComponent("golden/\(name).safetensors")
    try Safetensors(tensors: [name: tensor]).encoded().write(to: url)
    return [
      "file": "golden/\(name).safetensors", "tensor": name, "dtype": "float32",
      "shape": tensor.shape, "bytes": try Integrity.bytes(of: url),
      "sha256": try Integrity.sha256(of: url),
    ]
  }

  private static func document(
    _ options: Options, _ program: URL, golden: [String: Any]?
  ) throws -> [String: Any] {
    let graphs = graphs(options)
    let digest = try (Integrity.bytes(of: program), Integrity.sha256(of: program))
    let artifacts = graphs.keys.sorted().map { name -> [String: Any] in
      [
        "target": "arithmetic", "backend": "swift", "graph": name, "precision": "fp32",
        "entry": name, "file": "artifacts/program", "bytes": digest.0, "sha256": digest.1,
        "verified": false,
        "states": options.keepsStates && name.contains("next") ? ["sum_in"] : [String](),
      ]
    }
    var document: [String: Any] = [
      "schema_version": "1.2", "name": "arithmetic", "created_by": ["test": "1"],
      "model": [
        "name": "arithmetic", "config": [String: Any](), "compression": [8, 32, 32],
        "latent_channels": 1, "latent_mean": [0.0], "latent_std": [1.0], "parameters": 1,
        "checkpoint_sha256": String(repeating: "0", count: 64), "licence": "Apache-2.0",
      ],
      "video": [
        "height": 32, "width": 32, "frames": options.hasClip ? 9 : NSNull(),
        "frame_law": ["temporal": 8], "fps": 24,
      ] as [String: Any],
      "graphs": graphs, "artifacts": artifacts, "schedule": schedule(options),
    ]
    document["golden"] = golden
    if let weights = options.weights {
      let stage = ["weights": weights, "activations": options.activations]
      document["memory"] = [
        "stages": graphs.mapValues { _ in stage }, "peak": 10 * weights, "method": "made up",
      ]
    }
    return document
  }

  private static func schedule(_ options: Options) -> [String: Any] {
    func ways(_ suffix: String) -> [String: Any] {
      var ways: [String: Any] = [:]
      if options.hasClip {
        ways["clip"] = [
          "temporal": "temporal\(suffix)", "frame": "frame",
          "frames_per_call": options.framesPerCall, "latents": 2, "frames": 9,
        ]
      }
      if options.hasStream {
        ways["stream"] = [
          "first": "first\(suffix)", "next": "next\(suffix)", "frame": "frame",
          "frames_per_call": options.framesPerCall, "attention_window": 2, "frames_first": 1,
          "frames_next": 8,
        ]
      }
      return ways
    }
    var i2v = ways("_i2v")
    i2v["encoder"] = "encoder"
    i2v["conditions"] = [["output": "feature", "input": "first_feature"]]
    var schedule = ways("")
    schedule["i2v"] = i2v
    return schedule
  }

  private static func graphs(_ options: Options) -> [String: Any] {
    func tensor(_ name: String, _ shape: [Int], _ kind: String, _ layout: String = "TCHW")
      -> [String: Any]
    {
      ["name": name, "shape": shape, "dtype": "float32", "layout": layout, "kind": kind]
    }
    let call = options.framesPerCall
    let sum = { (name: String) in tensor(name, [1], "cache", "L") }
    var graphs: [String: Any] = [
      "frame": [
        "role": "frame", "inputs": [tensor("features", [call, 1, 8, 8], "features")],
        "outputs": [tensor("frames", [call, 3, 32, 32], "frames")],
      ],
      "encoder": [
        "role": "image_encoder", "inputs": [tensor("image", [1, 3, 32, 32], "image")],
        "outputs": [
          tensor("latents", [1, 1, 1, 1], "latents"), tensor("feature", [1, 1, 1, 1], "features"),
        ],
      ],
    ]
    for (suffix, conditions) in [
      ("", []), ("_i2v", [tensor("first_feature", [1, 1, 1, 1], "condition")]),
    ] {
      if options.hasClip {
        graphs["temporal\(suffix)"] = [
          "role": "temporal", "inputs": [tensor("latents", [2, 1, 1, 1], "latents")] + conditions,
          "outputs": [tensor("features", [9, 1, 8, 8], "features")],
        ]
      }
      guard options.hasStream else { continue }
      graphs["first\(suffix)"] = [
        "role": "first", "inputs": [tensor("latents", [1, 1, 1, 1], "latents")] + conditions,
        "outputs": [tensor("features", [1, 1, 8, 8], "features"), sum("sum_out")],
      ]
      graphs["next\(suffix)"] = [
        "role": "next",
        "inputs": [tensor("latents", [1, 1, 1, 1], "latents")] + conditions + [sum("sum_in")],
        "outputs": [tensor("features", [8, 1, 8, 8], "features"), sum("sum_out")],
        "caches": [["input": "sum_in", "output": "sum_out"]],
      ]
    }
    return graphs
  }
}
