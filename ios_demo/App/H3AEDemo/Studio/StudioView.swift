import H3AEDemoCore
import H3AEKit
import PhotosUI
import SwiftUI

/// Pick a clip, see it decoded, compare, play, save.
struct StudioView: View {
  @Bindable var model: StudioModel
  @State private var picked: PhotosPickerItem?
  @State private var isPicking = false
  @Environment(\.verticalSizeClass) private var height

  /// Side by side where the phone lies on its side.
  private var layout: AnyLayout {
    height == .compact ? AnyLayout(HStackLayout(spacing: 16)) : AnyLayout(VStackLayout(spacing: 16))
  }

  var body: some View {
    NavigationStack {
      layout {
        stage
        VStack(spacing: 16) {
          if !model.decoded.isEmpty { PlaybackControls(model: model) }
          ResultView(model: model)
        }
      }
      .padding()
      .navigationTitle("Studio")
      .toolbar { ToolbarItem(placement: .primaryAction) { sources } }
    }
    // Not a PhotosPicker in the menu: a menu that closes takes the picker with it.
    .photosPicker(
      isPresented: $isPicking, selection: $picked, matching: .any(of: [.images, .videos])
    )
    .onChange(of: picked) { _, item in
      if let item { load(item) }
    }
  }

  @ViewBuilder private var stage: some View {
    switch model.state.phase {
    case .failed(let error) where model.decoded.isEmpty:
      FailureView(error: error) { model.cancel() }
    case .idle where model.decoded.isEmpty:
      ContentUnavailableView(
        "No clip yet", systemImage: "film.stack",
        description: Text("Choose an example, a photo or a video with the button above."))
    default:
      ComparisonView(model: model)
        .overlay(alignment: .bottom) {
          if model.state.isBusy { BusyView(model: model) }
        }
    }
  }

  private var sources: some View {
    Menu {
      Section("Latents") {
        ForEach(model.library.clips) { clip in
          Button(clip.name) { model.open(clip) }
        }
      }
      if model.canEncode {
        Button {
          isPicking = true
        } label: {
          Label("Photo or video", systemImage: "photo.on.rectangle")
        }
      }
    } label: {
      Label("Choose a clip", systemImage: "plus")
    }
    .accessibilityIdentifier("sources")
  }

  private func load(_ item: PhotosPickerItem) {
    picked = nil
    Task {
      do {
        guard let file = try await item.loadTransferable(type: PickedFile.self) else { return }
        model.open(file)
      } catch {
        model.fail(error)
      }
    }
  }
}

/// How far a decode is, and a way to stop it.
private struct BusyView: View {
  let model: StudioModel

  var body: some View {
    HStack {
      ProgressView(value: model.state.progress) { Text(title) }
      Button("Cancel", role: .cancel) { model.cancel() }
    }
    .padding()
    .background(.regularMaterial, in: .rect(cornerRadius: 12))
    .padding()
  }

  private var title: LocalizedStringKey {
    switch model.state.phase {
    case .loading(.compiling): "Preparing the model for this device. The first time takes long."
    case .loading: "Loading the model…"
    case .decoding(let done, let total): "Frame \(done) of \(total)"
    case .idle, .ready, .failed: ""
    }
  }
}

/// What the decode is worth, and where it may go.
private struct ResultView: View {
  let model: StudioModel

  var body: some View {
    VStack(alignment: .leading, spacing: 8) {
      if let quality = model.quality {
        LabeledContent("Worst frame") {
          Text("\(quality.formatted(.number.precision(.fractionLength(1)))) dB").monospacedDigit()
        }
      }
      if model.repeated > 0 {
        Text("The clip is short: its last frame is repeated \(model.repeated) times.")
          .font(.footnote).foregroundStyle(.secondary)
      }
      if case .ready = model.state.phase { save }
      // Frames that came before it stay.
      if case .failed(let error) = model.state.phase, !model.decoded.isEmpty {
        FailureLabel(error: error)
      }
    }
    .frame(maxWidth: .infinity, alignment: .leading)
  }

  @ViewBuilder private var save: some View {
    switch model.saving {
    case .none:
      Button {
        model.save()
      } label: {
        Label("Save to Photos", systemImage: "square.and.arrow.down")
      }
      .buttonStyle(.bordered)
    case .running: ProgressView("Saving…")
    case .done: Label("Saved", systemImage: "checkmark.circle")
    case .failed(let error):
      FailureLabel(error: error)
    }
  }
}
