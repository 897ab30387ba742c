import H3AEDemoCore
import H3AEKit
import SwiftUI

/// What the app shows: its screens, or why there is nothing to show, or a profile that
/// `h3ae-profile ios` has started.
struct RootView: View {
  let model: AppModel

  var body: some View {
    Group {
      if let profile = model.commandLineProfile {
        CommandLineProfileView(profile: profile)
      } else {
        content
      }
    }
    .task { await model.start() }
  }

  @ViewBuilder private var content: some View {
    switch model.content {
    case .opening:
      ProgressView("Checking the model…")
    case .missing:
      MissingBundleView()
    case .failed(let error):
      FailureView(error: error) { Task { await model.reopen() } }
    case .ready(let library):
      LibraryView(library: library)
    }
  }
}

/// The screens over one bundle.
private struct LibraryView: View {
  @State private var studio: StudioModel
  @State private var benchmark: BenchmarkModel
  private let library: Library

  init(library: Library) {
    self.library = library
    _studio = State(initialValue: StudioModel(library: library))
    _benchmark = State(initialValue: BenchmarkModel(library: library))
  }

  var body: some View {
    TabView {
      Tab("Studio", systemImage: "film") { StudioView(model: studio) }
      Tab("Benchmark", systemImage: "gauge.with.needle") { BenchmarkView(model: benchmark) }
      Tab("Model", systemImage: "info.circle") { ModelView(library: library) }
    }
  }
}
