/// Objects by name that are used again as soon as nobody else holds them.
///
/// Core ML writes an output into memory that a tensor then shows. While the tensor is somewhere, as
/// an input of the next step of a stream for instance, that memory must stay as it is, and the next
/// output goes into other memory; in a stream, two sets change places.
struct ReusePool<Object: AnyObject> {
  private var idle: [String: [Object]] = [:]
  /// Beyond these, an object goes with its other holders.
  private let kept: Int

  init(keeping kept: Int = 2) { self.kept = kept }

  /// Takes an object to which nobody else refers out of the pool; nil if there is none.
  mutating func take(_ name: String) -> Object? {
    // Taken out of the dictionary, so that the local list is the pool's only reference.
    var list = idle.removeValue(forKey: name) ?? []
    defer { idle[name] = list }
    for position in list.indices where isKnownUniquelyReferenced(&list[position]) {
      return list.remove(at: position)
    }
    return nil
  }

  /// Takes an object back; others may still hold it.
  mutating func put(_ object: Object, for name: String) {
    let list = (idle.removeValue(forKey: name) ?? []) + [object]
    idle[name] = Array(list.suffix(kept))
  }

  func first(of names: [String], where fits: (Object) -> Bool) -> Object? {
    for name in names {
      if let object = idle[name]?.first(where: fits) { return object }
    }
    return nil
  }
}
