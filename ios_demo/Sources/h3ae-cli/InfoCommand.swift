import H3AEKit

struct InfoCommand {
  private let bundle: ModelBundle

  init(_ arguments: inout Arguments) throws {
    let place = try arguments.place("a bundle")
    try arguments.finish()
    bundle = try ModelBundle.open(at: place, verification: .sizes)
  }

  func run() throws {
    let manifest = bundle.manifest
    let video = manifest.video
    let length = video.frames.map { "\($0) x " } ?? ""
    print("\(manifest.name): \(manifest.model.name), \(length)\(video.height) x \(video.width)")
    print("sha256 \(try bundle.sha256())")
    for way in ways(manifest.schedule) { print("  \(way)") }
    for artifact in manifest.artifacts {
      let parity = artifact.parity.map { "\($0.worstPSNR) dB" } ?? "not verified"
      print(
        "  \(artifact.target) \(artifact.backend) \(artifact.precision) \(artifact.graph): "
          + "\(artifact.file), \(parity)")
    }
  }

  private func ways(_ schedule: Manifest.Schedule) -> [String] {
    [
      schedule.clip.map { "clips of \($0.latents) latent frames, \($0.frames) frames" },
      schedule.stream.map { "streams, \($0.framesNext) frames a latent frame" },
      schedule.i2v.map { "with a first frame, encoded by \($0.encoder)" },
      schedule.encode.map { "encodes \($0.frames) frames to \($0.latents) latent frames" },
    ].compactMap(\.self)
  }
}
