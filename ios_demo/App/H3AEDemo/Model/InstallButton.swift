import SwiftUI
import UniformTypeIdentifiers

/// Lets a person choose an archive (`NAME.h3ae.zip`) in Files.
struct InstallButton: View {
  let install: (URL) -> Void
  let fail: (any Error) -> Void
  @State private var isChoosing = false

  var body: some View {
    Button {
      isChoosing = true
    } label: {
      Label("Install a bundle", systemImage: "square.and.arrow.down")
    }
    .accessibilityIdentifier("install")
    .fileImporter(isPresented: $isChoosing, allowedContentTypes: [.zip]) { result in
      switch result {
      case .success(let url): install(url)
      case .failure(let error): fail(error)
      }
    }
  }
}
