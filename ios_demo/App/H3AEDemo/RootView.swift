import H3AEDemoCore
import H3AEKit
import SwiftUI

/// What the app shows: its screens, or why there is nothing to show, or a profile that
/// `h3ae-profile ios` has started.
struct RootView: View {
  let model: AppModel
  @Environment(\.scenePhase) private var phase

  var body: some View {
    Group {
      if let profile = model.commandLineProfile {
        CommandLineProfileView(profile: profile)
      } else {
        content
      }
    }
    .task { await model.start() }
    .onChange(of: phase) { _, phase in
      if phase == .background { model.commandLineProfile?.enterBackground() }
    }
  }

  @ViewBuilder private var content: some View {
    switch model.content {
    case .opening:
      ProgressView("Checking the model…")
    case .missing:
      MissingBundleView(model: model)
    case .failed(let error):
      FailureView(error: error) { Task { await model.reopen() } }
    case .installing(let progress):
      InstallingView(progress: progress, cancel: model.cancelInstallation)
    case .ready(let library):
      LibraryView(model: model, library: library)
    }
  }
}

/// The screens over one bundle.
private struct LibraryView: View {
  @State private var studio: StudioModel
  @State private var benchmark: BenchmarkModel
  @Environment(\.scenePhase) private var phase
  private let model: AppModel
  private let library: Library

  init(model: AppModel, library: Library) {
    self.model = model
    self.library = library
    _studio = State(initialValue: StudioModel(library: library))
    _benchmark = State(initialValue: BenchmarkModel(library: library))
  }

  var body: some View {
    TabView {
      Tab("Studio", systemImage: "film") { StudioView(model: studio) }
      Tab("Benchmark", systemImage: "gauge.with.needle") { BenchmarkView(model: benchmark) }
      Tab("Model", systemImage: "info.circle") { ModelView(model: model, library: library) }
    }
    .onChange(of: phase) { _, phase in
      switch phase {
      case .background:
        studio.enterBackground()
        benchmark.enterBackground()
      case .active: studio.enterForeground()
      case .inactive: break
      @unknown default: break
      }
    }
  }
}
