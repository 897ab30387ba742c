import Testing

@testable import H3AEKit

@Suite struct FrameLawTests {
  let law = FrameLaw(temporal: 8)

  @Test(arguments: [(1, 1), (2, 9), (3, 17), (33, 257)])
  func countsFollowTheLaw(latents: Int, frames: Int) {
    #expect(law.frames(latents: latents) == frames)
    #expect(law.latents(frames: frames) == latents)
    #expect(law.nearest(frames: frames) == [frames])
  }

  @Test(arguments: [(0, [1]), (2, [1, 9]), (16, [9, 17]), (18, [17, 25])])
  func otherCountsGetTheNearestOnes(frames: Int, nearest: [Int]) {
    #expect(law.latents(frames: frames) == nil)
    #expect(law.nearest(frames: frames) == nearest)
  }
}
