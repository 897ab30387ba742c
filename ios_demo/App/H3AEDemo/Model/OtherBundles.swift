import SwiftUI

/// The bundles that could be opened instead; those that were installed can be removed.
struct OtherBundles: View {
  let model: AppModel
  @State private var isAsking = false
  @State private var chosen: URL?

  var body: some View {
    ForEach(model.others, id: \.self) { url in
      Button {
        Task { await model.open(url) }
      } label: {
        Text(verbatim: Self.name(of: url))
      }
      // A long press does what a swipe does, which not everybody can do or would find.
      .swipeActions { removal(of: url) }
      .contextMenu { removal(of: url) }
    }
    .confirmationDialog(
      "Remove this bundle?", isPresented: $isAsking, titleVisibility: .visible, presenting: chosen
    ) { url in
      Button("Remove", role: .destructive) {
        Task { await model.remove(url) }
      }
    } message: { url in
      Text("\(Self.name(of: url)) can be installed again from its archive.")
    }
  }

  @ViewBuilder private func removal(of url: URL) -> some View {
    if AppFolders.isInstalled(url) {
      // Not destructive itself: the row would go before the question is answered.
      Button("Remove", role: nil) {
        chosen = url
        isAsking = true
      }
      .tint(.red)
      .accessibilityIdentifier("remove")
    }
  }

  private static func name(of url: URL) -> String { url.deletingPathExtension().lastPathComponent }
}
