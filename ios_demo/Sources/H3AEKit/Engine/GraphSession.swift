/// One graph of a bundle, loaded and ready to run: what every runtime looks like from here.
///
/// Tensors go in and out by the names and shapes of `Manifest.Graph`. Floating tensors may be of
/// either floating type on both sides: a session takes both (`GraphExchange` converts where its
/// file needs it) and gives what its file gives.
///
/// A session whose runtime holds the caches of a stream itself (`Manifest.Artifact.states`) returns
/// none. Caches that it is passed, as those of the first step, become its state; without them it
/// goes on from the state it has.
///
/// Calls come one at a time. A session is an actor, or made of parts that are safe to share.
public protocol GraphSession: Sendable {
  /// Runs the graph once.
  ///
  /// - Throws: `engine.run`, or `tensor.shape` if the inputs do not fit.
  func run(_ inputs: [String: Tensor]) async throws -> [String: GraphOutput]

  /// Forgets the state of a stream; nothing where the caches are inputs and outputs.
  func reset() async

  /// Gives the runtime's memory back. The session runs nothing afterwards.
  func close() async
}

/// What a graph gives: numbers, or pixels where the file says so
/// (`Manifest.Artifact.imageOutputs`).
public enum GraphOutput: Sendable {
  case tensor(Tensor)
  case image(any PixelImage)
}

/// A picture in the platform's own form, for instance around a `CVPixelBuffer`.
public protocol PixelImage: Sendable {
  var width: Int { get }
  var height: Int { get }
  /// The pixels as `[3, H, W]` float32, RGB in [-1, 1]: for tests, comparisons and re-encoding.
  func rgb() throws -> Tensor
}
