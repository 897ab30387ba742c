/// Artifacts refer to what exists, and no two entries of the bundle share a place.
extension Manifest {
  /// Graphs, states and images exist; no two artifacts answer the same request.
  func checkArtifacts() throws {
    var keys: Set<[String]> = []
    for (index, artifact) in artifacts.enumerated() {
      let place = "artifacts[\(index)]"
      guard let graph = graphs[artifact.graph] else {
        throw Self.violation(.manifestReference, "\(place).graph: no graph '\(artifact.graph)'")
      }
      let key = [artifact.target, artifact.backend, artifact.graph, artifact.precision]
      guard keys.insert(key).inserted else {
        throw Self.violation(
          .manifestReference, "\(place) repeats \(key.joined(separator: "/"))")
      }
      try checkTensors(artifact, graph, place)
    }
  }

  private func checkTensors(_ artifact: Artifact, _ graph: Graph, _ place: String) throws {
    for (field, names, tensors, kind) in [
      ("states", artifact.states, graph.inputs, TensorSpec.Kind.cache),
      ("image_outputs", artifact.imageOutputs, graph.outputs, .frames),
    ] {
      for name in names where !tensors.contains(where: { $0.name == name && $0.kind == kind }) {
        throw Self.violation(
          .manifestReference, "\(place).\(field): '\(artifact.graph)' has no '\(name)'")
      }
    }
  }

  /// Every file is listed once for each entry, also on file systems that ignore case.
  func checkFiles() throws {
    try checkSharedFiles()
    var places: Set<String> = []
    var files: [String] = []
    for file in artifacts.map(\.file) where places.insert(file).inserted { files.append(file) }
    files += goldenFiles.map(\.file)
    if let repeated = firstRepeated(files.map { $0.lowercased() }) {
      throw Self.violation(
        .pathDuplicate, "two entries name '\(repeated)' (ignoring case)")
    }
    let taken = Set(files.map { $0.lowercased() })
    for file in files {
      let segments = file.lowercased().split(separator: "/")
      for depth in 1..<segments.count {
        let folder = segments[..<depth].joined(separator: "/")
        guard !taken.contains(folder) else {
          throw Self.violation(
            .pathDuplicate, "'\(file)' lies inside the artifact '\(folder)'")
        }
      }
    }
  }

  /// Several artifacts may be functions of one file, whose content is then stated alike.
  private func checkSharedFiles() throws {
    var entries: Set<[String]> = []
    var contents: [String: (bytes: Int, sha256: String)] = [:]
    for (index, artifact) in artifacts.enumerated() {
      let place = "artifacts[\(index)].file"
      guard entries.insert([artifact.file, artifact.entry]).inserted else {
        throw Self.violation(
          .pathDuplicate,
          "\(place): '\(artifact.file)' is listed twice with entry '\(artifact.entry)'")
      }
      let content = (artifact.bytes, artifact.sha256)
      guard contents[artifact.file].map({ $0 == content }) ?? true else {
        throw Self.violation(
          .pathDuplicate, "\(place): '\(artifact.file)' is listed with two contents")
      }
      contents[artifact.file] = content
    }
  }
}
