import H3AEKit
import SwiftUI

/// What the bundle says of itself.
struct ModelView: View {
  let model: AppModel
  let library: Library

  private var manifest: Manifest { library.bundle.manifest }

  var body: some View {
    NavigationStack {
      List {
        Section("Model") {
          LabeledContent("Name", value: manifest.model.name)
          LabeledContent("Compression", value: compression)
          LabeledContent("Parameters", value: manifest.model.parameters.formatted())
          LabeledContent("Licence", value: manifest.model.licence)
        }
        Section("Video") {
          LabeledContent("Size", value: "\(manifest.video.width) × \(manifest.video.height)")
          LabeledContent("Rate", value: manifest.video.fps.formatted())
        }
        Section("Files") {
          ForEach(variants, id: \.self) { Text(verbatim: $0) }
        }
        if !model.others.isEmpty {
          Section("Other bundles") {
            OtherBundles(model: model)
          }
        }
        Section {
          InstallButton(install: model.install, fail: model.fail)
        }
      }
      .navigationTitle("Model")
    }
  }

  private var compression: String {
    let factors = manifest.model.compression
    return "\(factors.time) × \(factors.height) × \(factors.width)"
  }

  private var variants: [String] {
    let all = manifest.artifacts.map { "\($0.target), \($0.precision)" }
    return Set(all).sorted()
  }
}
