import H3AEDemoCore
import SwiftUI

/// The decoded frame, and beside it, left of a line that can be dragged, the original or the plain
/// decode.
struct ComparisonView: View {
  @Bindable var model: StudioModel

  var body: some View {
    TimelineView(.animation(minimumInterval: 1 / 60, paused: !model.playback.isPlaying)) { _ in
      frame(at: model.playback.frame(at: StudioModel.now))
    }
    .aspectRatio(aspect, contentMode: .fit)
    .clipShape(.rect(cornerRadius: 12))
  }

  private var aspect: CGFloat {
    let video = model.library.bundle.manifest.video
    return CGFloat(video.width) / CGFloat(video.height)
  }

  @ViewBuilder private func frame(at index: Int) -> some View {
    if model.decoded.indices.contains(index) {
      let decoded = model.decoded[index]
      if let reference = model.reference, model.referenceFrames.indices.contains(index) {
        SplitView(
          left: model.referenceFrames[index], right: decoded, reference: reference,
          split: $model.split)
      } else {
        PictureView(frame: decoded).accessibilityLabel("Decoded frame \(index + 1)")
      }
    } else {
      Color(.secondarySystemBackground)
    }
  }
}

/// Two pictures and the line between them.
private struct SplitView: View {
  let left: ShownFrame
  let right: ShownFrame
  let reference: Reference
  @Binding var split: ComparisonSplit

  var body: some View {
    GeometryReader { geometry in
      let width = geometry.size.width
      let line = width * split.position
      ZStack(alignment: .leading) {
        PictureView(frame: right)
        PictureView(frame: left)
          .mask(alignment: .leading) { Rectangle().frame(width: line) }
        Rectangle().fill(.white).frame(width: 2).offset(x: line - 1).shadow(radius: 2)
      }
      .contentShape(.rect)
      .gesture(
        DragGesture(minimumDistance: 0).onChanged { split.move(to: $0.location.x, width: width) })
    }
    .accessibilityElement()
    .accessibilityLabel(label)
    .accessibilityValue(value)
    .accessibilityAdjustableAction { direction in
      switch direction {
      case .increment: split.step(by: 0.1)
      case .decrement: split.step(by: -0.1)
      @unknown default: break
      }
    }
  }
}

extension SplitView {
  private var label: LocalizedStringKey {
    switch reference {
    case .original: "Original and decoded frame"
    case .plain: "Frame without and with first frame"
    }
  }

  private var value: LocalizedStringKey {
    switch reference {
    case .original: "\(split.percent) percent original"
    case .plain: "\(split.percent) percent without first frame"
    }
  }
}

private struct PictureView: View {
  let frame: ShownFrame

  var body: some View {
    Image(decorative: frame.picture, scale: 1)
      .resizable()
      .interpolation(.high)
  }
}

/// Play, pause, and a place in the clip.
struct PlaybackControls: View {
  @Bindable var model: StudioModel

  var body: some View {
    HStack {
      Button {
        model.togglePlaying()
      } label: {
        Image(systemName: model.playback.isPlaying ? "pause.fill" : "play.fill")
      }
      .accessibilityLabel(model.playback.isPlaying ? "Pause" : "Play")
      .disabled(model.decoded.count < 2)
      Slider(value: $model.shownFrame, in: 0...Double(max(1, model.decoded.count - 1)), step: 1)
        .accessibilityLabel("Frame")
    }
  }
}
