import SwiftUI

/// The app was built without a bundle.
struct MissingBundleView: View {
  var body: some View {
    ContentUnavailableView {
      Label("No model", systemImage: "shippingbox")
    } description: {
      Text(
        "Export a bundle into App/Bundles and build again, or copy a .h3ae folder into this app's folder in Files."
      )
      Text(
        verbatim: "h3ae-export --target coreml --component both --out App/Bundles/h3ae-demo.h3ae"
      )
      .font(.caption.monospaced())
      .textSelection(.enabled)
    }
  }
}
