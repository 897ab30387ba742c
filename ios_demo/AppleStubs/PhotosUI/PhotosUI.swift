// Follows https://developer.apple.com/documentation/photosui/photospicker,
// https://developer.apple.com/documentation/swiftui/view/photospicker(ispresented:selection:matching:preferreditemencoding:)
// and .../photospickeritem

@_exported import CoreTransferable
import SwiftUI

public struct PhotosPickerItem: Sendable, Hashable {
  public func loadTransferable<T: Transferable & Sendable>(type: T.Type) async throws -> T? {
    fatalError("signature")
  }
}

public struct PHPickerFilter: Sendable, Hashable {
  public static var images: PHPickerFilter { fatalError("signature") }
  public static var videos: PHPickerFilter { fatalError("signature") }
  public static func any(of subfilters: [PHPickerFilter]) -> PHPickerFilter {
    fatalError("signature")
  }
}

extension View {
  public nonisolated func photosPicker(
    isPresented: Binding<Bool>, selection: Binding<PhotosPickerItem?>,
    matching filter: PHPickerFilter? = nil
  ) -> some View { EmptyView() }
}
