/// Where a decoder stands on its way to the first frame.
///
///                     prewarm()                    load()
///     notLoaded ----> compiling ----> prewarmed ----------> loaded
///        ^  |             |            |   ^                 |
///        |  |             v            v   |                 |
///        |  |           failed(why) <------(----- none of    |
///        |  |             |                |     the units   |
///        |  +--- load() prewarms first ----+   is trusted    |
///        |                |                                  |
///        +----- unload() -+---------------- unload() --------+
///
/// - `compiling`: graphs are compiled or specialised for this device, one after the other, and let
///   go again. On a first load this may take minutes; the system keeps the result.
/// - `prewarmed`: nothing of the model is in memory, but to load it is quick.
/// - `loaded`: every graph of the default way to decode is in memory, and the golden self-test has
///   passed on the units in use.
/// - `failed`: nothing is in memory. `load()` may be called again.
public enum LoadState: Sendable, Equatable {
  case notLoaded
  case compiling(done: Int, total: Int)
  case prewarmed
  case loaded
  case failed(H3AEError)
}
