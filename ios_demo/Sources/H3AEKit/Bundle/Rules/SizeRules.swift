/// Further sizes differ from one another, and each is run as the bundle's own size is.
extension Manifest {
  func checkSizes() throws {
    var known: Set<[Int]> = [[video.height, video.width]]
    for (index, size) in sizes.enumerated() {
      guard known.insert([size.height, size.width]).inserted else {
        throw Self.violation(
          .manifestReference, "sizes[\(index)] repeats \(size.height)x\(size.width)")
      }
      let view = try at(height: size.height, width: size.width)
      try Self.within("sizes[\(index)]") {
        try view.checkVideo()
        try view.checkSchedule()
        try view.checkGolden()
      }
    }
  }
}
