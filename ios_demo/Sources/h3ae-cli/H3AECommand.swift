@main
struct H3AECommand {
  static func main() {}
}
