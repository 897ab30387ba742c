import H3AEDemoCore
import SwiftUI

/// What a person sees who looks at the phone while `h3ae-profile` measures it.
struct CommandLineProfileView: View {
  let profile: CommandLineProfile

  var body: some View {
    ContentUnavailableView {
      Label("Measuring for h3ae-profile", systemImage: "gauge.with.needle")
    } description: {
      switch profile.status.state {
      case .running:
        ProgressView(
          value: Double(profile.status.done), total: Double(max(1, profile.status.total))
        ) {
          Text(LocalizedStringKey(profile.status.step))
        }
      case .done: Text("The report is ready.")
      case .failed: Text(verbatim: profile.status.message ?? "")
      }
    }
  }
}
