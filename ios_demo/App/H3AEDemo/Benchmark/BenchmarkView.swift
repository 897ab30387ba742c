import H3AEDemoCore
import H3AEKit
import SwiftUI

/// Measures this device and shows, keeps and shares the report.
struct BenchmarkView: View {
  @Bindable var model: BenchmarkModel

  var body: some View {
    NavigationStack {
      Form {
        switch model.phase {
        case .idle: settings
        case .running(let step, let done, let total): running(step, done, total)
        case .done(let measurement, let report): results(measurement, report)
        case .failed(let error): FailureView(error: error) { model.start() }
        }
      }
      .navigationTitle("Benchmark")
    }
  }

  @ViewBuilder private var settings: some View {
    Section {
      Stepper("Clips: \(model.repetitions)", value: $model.repetitions, in: 5...200, step: 5)
      Picker("Without a pause", selection: $model.sustainsForMinutes) {
        Text("Not at all").tag(0)
        Text("1 minute").tag(1)
        Text("10 minutes").tag(10)
      }
      Button("Start") { model.start() }.accessibilityIdentifier("start")
    } footer: {
      Text(
        "Let the phone lie, unplugged, with no other app open. The report lands in this app's folder in Files."
      )
    }
  }

  private func running(_ step: String, _ done: Int, _ total: Int) -> some View {
    Section {
      ProgressView(value: Double(done), total: Double(max(1, total))) {
        Text(LocalizedStringKey(step))
      }
      Button("Cancel", role: .cancel) { model.cancel() }
    }
  }

  @ViewBuilder private func results(_ measurement: ProfileMeasurement, _ report: URL) -> some View {
    ForEach(FigureGroup.groups(of: measurement)) { group in
      Section(LocalizedStringKey(group.title)) {
        ForEach(group.figures) { figure in
          LabeledContent(LocalizedStringKey(figure.name)) {
            Text(verbatim: figure.value).monospacedDigit()
          }
        }
      }
    }
    Section {
      ShareLink("Share the report", item: report)
      Button("Measure again") { model.start() }
    }
  }
}
