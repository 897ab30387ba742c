import H3AEDemoCore
import H3AEKit
import PhotosUI
import SwiftUI

/// Pick a clip, see it decoded, compare, play, save.
struct StudioView: View {
  @Bindable var model: StudioModel
  @State private var picked: PhotosPickerItem?
  @State private var isPicking = false
  @State private var purpose = Purpose.clip
  @Environment(\.verticalSizeClass) private var height

  /// What a picked file is for.
  private enum Purpose { case clip, firstFrame }

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
          TakeControls(model: model)
          ResultView(model: model)
        }
      }
      .padding()
      .navigationTitle("Studio")
      .toolbar { ToolbarItem(placement: .primaryAction) { sources } }
    }
    // Not a PhotosPicker in the menu: a menu that closes takes the picker with it.
    .photosPicker(
      isPresented: $isPicking, selection: $picked,
      matching: purpose == .clip ? .any(of: [.images, .videos]) : .images
    )
    .onChange(of: picked) { _, item in
      if let item { load(item) }
    }
  }

  @ViewBuilder private var stage: some View {
    switch model.state.phase {
    case .failed(let error) where model.decoded.isEmpty:
      FailureView(error: error) { model.retry() }
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
          pick(.clip)
        } label: {
          Label("Photo or video", systemImage: "photo.on.rectangle")
        }
      }
      if model.canTakeFirstFrame {
        Button {
          pick(.firstFrame)
        } label: {
          Label("Photo as the first frame", systemImage: "photo")
        }
      }
    } label: {
      Label("Choose a clip", systemImage: "plus")
    }
    .accessibilityIdentifier("sources")
  }

  private func pick(_ purpose: Purpose) {
    self.purpose = purpose
    isPicking = true
  }

  private func load(_ item: PhotosPickerItem) {
    picked = nil
    Task {
      do {
        guard let file = try await item.loadTransferable(type: PickedFile.self) else { return }
        switch purpose {
        case .clip: model.open(file)
        case .firstFrame: model.openFirstFrame(file)
        }
      } catch {
        model.fail(error)
      }
    }
  }
}

/// Which decode is shown, and what beside it, where there is a choice.
private struct TakeControls: View {
  @Bindable var model: StudioModel

  var body: some View {
    if model.takes.count > 1 {
      Picker("Decode", selection: $model.shownTake) {
        Text("Latents alone").tag(Take.plain)
        Text("With first frame").tag(Take.conditioned)
      }
      .pickerStyle(.segmented)
      .accessibilityIdentifier("take")
    }
    if model.references.count > 1 {
      Picker("Compare with", selection: $model.wantedReference) {
        Text("Original").tag(Reference.original)
        Text("Latents alone").tag(Reference.plain)
      }
      .accessibilityIdentifier("reference")
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
      ForEach(Take.allCases, id: \.self) { take in
        if let quality = model.decodes[take]?.quality { worst(take, quality) }
      }
      if model.repeated > 0 {
        Text("The clip is short: its last frame is repeated \(model.repeated) times.")
          .font(.footnote).foregroundStyle(.secondary)
      }
      if case .ready = model.state.phase { save }
      // Frames that came before it stay.
      if case .failed(let error) = model.state.phase, !model.decoded.isEmpty {
        FailureLabel(error: error, retry: model.retry)
      }
    }
    .frame(maxWidth: .infinity, alignment: .leading)
  }

  private func worst(_ take: Take, _ quality: Double) -> some View {
    LabeledContent(take == .plain ? "Worst frame" : "Worst frame, with first frame") {
      Text("\(quality.formatted(.number.precision(.fractionLength(1)))) dB").monospacedDigit()
    }
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
      FailureLabel(error: error, retry: model.save)
    }
  }
}
