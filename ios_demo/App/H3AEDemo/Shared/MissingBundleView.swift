import SwiftUI

/// The app was built without a bundle.
struct MissingBundleView: View {
  let model: AppModel

  var body: some View {
    ContentUnavailableView {
      Label("No model", systemImage: "shippingbox")
    } description: {
      Text(
        "Install the archive of a bundle (.h3ae.zip), or export one into App/Bundles and build again."
      )
      Text(
        verbatim: "h3ae-export --target coreml --component both --out App/Bundles/h3ae-demo.h3ae"
      )
      .font(.caption.monospaced())
      .textSelection(.enabled)
    } actions: {
      InstallButton(install: model.install, fail: model.fail)
        .buttonStyle(.borderedProminent)
    }
  }
}
