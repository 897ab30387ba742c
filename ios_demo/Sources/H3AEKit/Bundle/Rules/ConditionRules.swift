/// First-frame features (Eq. 1 of the paper) reach every graph that asks for them, and only those.
extension Manifest {
  /// The mapping of `schedule.i2v` on the image encoder's side.
  func checkSource(_ i2v: ImageToVideo, _ encoder: Graph) throws {
    if i2v.clip == nil, i2v.stream == nil {
      throw Self.violation(.manifestReference, "schedule.i2v has neither clip nor stream")
    }
    if let repeated = firstRepeated(i2v.conditions.map(\.input)) {
      throw Self.violation(
        .manifestReference, "schedule.i2v.conditions feed '\(repeated)' twice")
    }
    for (index, condition) in i2v.conditions.enumerated() {
      guard encoder.outputs.contains(where: { $0.name == condition.output }) else {
        throw Self.violation(
          .manifestReference,
          "schedule.i2v.conditions[\(index)]: '\(i2v.encoder)' has no output "
            + "'\(condition.output)'")
      }
    }
  }

  /// The inputs of the graphs that `place` runs, with the features of `i2v` or without.
  func checkConditions(_ names: [String], _ place: String, _ i2v: ImageToVideo?) throws {
    let needed = names.flatMap { name in
      (graphs[name]?.conditions ?? []).map { (name: name, tensor: $0) }
    }
    guard let i2v else {
      guard let first = needed.first else { return }
      throw Self.violation(
        .manifestReference,
        "\(place) runs '\(first.name)', whose condition '\(first.tensor.name)' only schedule.i2v "
          + "feeds")
    }
    guard !needed.isEmpty else {
      throw Self.violation(.manifestReference, "\(place) runs no graph that takes conditions")
    }
    for (name, tensor) in needed { try checkCondition(tensor, of: name, i2v) }
  }

  private func checkCondition(_ tensor: TensorSpec, of name: String, _ i2v: ImageToVideo) throws {
    let pair = i2v.conditions.first { $0.input == tensor.name }
    let source = pair.flatMap { pair in
      graphs[i2v.encoder]?.outputs.first { $0.name == pair.output }
    }
    guard let source else {
      throw Self.violation(
        .manifestReference, "schedule.i2v.conditions do not feed '\(tensor.name)' of '\(name)'")
    }
    guard source.fits(tensor) else {
      throw Self.violation(
        .manifestShape,
        "graphs.\(name).inputs: '\(tensor.name)' differs in shape or type from '\(source.name)' "
          + "of '\(i2v.encoder)'")
    }
  }
}
