import H3AEKit
import SwiftUI

/// How far an installation is, and a way to stop it.
struct InstallingView: View {
  let progress: BundleInstaller.Progress?
  let cancel: () -> Void

  var body: some View {
    ContentUnavailableView {
      Label("Installing the bundle", systemImage: "shippingbox")
    } description: {
      ProgressView(value: fraction) { Text(step) }
    } actions: {
      Button("Cancel", role: .cancel, action: cancel)
    }
  }

  private var step: LocalizedStringKey {
    switch progress {
    case .downloading, nil: "Copying…"
    case .unpacking: "Unpacking…"
    case .verifying: "Checking the model…"
    }
  }

  /// nil while hashes are checked, which tells no progress.
  private var fraction: Double? {
    switch progress {
    case .downloading(let bytes, let total), .unpacking(let bytes, let total):
      total > 0 ? Double(bytes) / Double(total) : nil
    case .verifying, nil: nil
    }
  }
}
