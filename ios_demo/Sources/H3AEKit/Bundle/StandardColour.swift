extension Manifest.Colour {
  /// sRGB: what files that give pixels hold, and pictures on a phone.
  public static let srgb = Manifest.Colour(space: .bt709, transfer: .srgb)
}
