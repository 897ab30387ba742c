/// The version of this package.
public enum KitVersion {
  public static let current = "0.1.0"
}
