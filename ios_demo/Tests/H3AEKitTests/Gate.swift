/// Lets a test decide how long something lasts. Who waits here does so even if its task is cancelled.
actor Gate {
  private var isOpen = false
  private var hasArrived = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var watching: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    hasArrived = true
    release(&watching)
    if !isOpen { await withCheckedContinuation { waiting.append($0) } }
  }

  func open() {
    isOpen = true
    release(&waiting)
  }

  /// Returns when somebody is at the gate.
  func arrival() async {
    if !hasArrived { await withCheckedContinuation { watching.append($0) } }
  }

  private func release(_ continuations: inout [CheckedContinuation<Void, Never>]) {
    for continuation in continuations { continuation.resume() }
    continuations = []
  }
}
