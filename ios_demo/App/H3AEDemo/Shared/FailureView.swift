import H3AEKit
import SwiftUI

/// What went wrong, what to do about it, and a way to try again.
struct FailureView: View {
  let error: H3AEError
  let retry: () -> Void

  var body: some View {
    ContentUnavailableView {
      Label("That did not work", systemImage: "exclamationmark.triangle")
    } description: {
      // The sentences of the library are English and name the file or tensor at fault.
      Text(verbatim: error.message)
      if let advice = error.advice { Text(verbatim: advice) }
      Text(verbatim: error.code.rawValue).font(.caption).foregroundStyle(.secondary)
    } actions: {
      Button("Try again", action: retry).buttonStyle(.borderedProminent)
    }
  }
}

/// A failure beside something that is still worth showing, and a way to try again.
struct FailureLabel: View {
  let error: H3AEError
  let retry: () -> Void

  var body: some View {
    VStack(alignment: .leading, spacing: 8) {
      Label {
        Text(verbatim: error.message)
      } icon: {
        Image(systemName: "exclamationmark.triangle")
      }
      .font(.footnote).foregroundStyle(.red)
      Button("Try again", action: retry).buttonStyle(.bordered)
    }
  }
}
