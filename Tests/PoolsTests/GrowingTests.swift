import Essentials
import Glibc
import Images
import SystemPackage
import TestSupport
import Testing

@testable import Pools

extension MachineTests {
  /// Pools that gain and lose instances while they run.
  @Suite(.serialized) struct GrowingTests {
    private let state: TemporaryFolder
    private let aftermath: Aftermath
    private let pools: PoolStore
    private let progress = Progress(style: .quiet)

    init() throws {
      state = try TemporaryFolder()
      aftermath = try Aftermath(endingMachinesIn: state.path, of: state)
      var pools = PoolStore(folder: state.path)
      pools.relay = BuiltProgram.path("hardtack-relay")
      self.pools = pools
    }

    private func names() throws -> [String] { try pools.pool("tiny").instances.map(\.name) }

    @Test func `gain instances like the others, lose single ones, and are told from again`() async throws {
      let tiny = try await TinyImage()
      var request = BootRequest.tiny(tiny)
      request.role = .live
      request.reach = [try Reach(parsing: "a=127.0.0.1:9")]
      try await pools.boot(request, store: nil, progress: progress)
      let first = try pools.pool("tiny").instances[0]

      var more = BootRequest.tiny(tiny)
      more.count = 2
      let grown = try await pools.grow("tiny", with: more, store: nil, progress: progress)
      #expect(grown.state == .running)
      #expect(grown.instances.map(\.name) == ["tiny-1", "tiny-2", "tiny-3"])
      #expect(grown.instances[0].pid == first.process?.pid)
      #expect(grown.instances.dropFirst().allSatisfy { ($0.readyAfter ?? 0) > 0 })
      let second = try #require(try pools.pool("tiny").instances[1].process)
      let line = try DurableFile.read(FilePath("/proc/\(second.pid)/cmdline"))
      #expect(String(decoding: line, as: UTF8.self).contains("tcp:10.0.2.100:9-cmd:"))
      #expect(
        Tail.lines(of: state.appending("tiny/tiny-2/console.log"), count: 1000)
          .contains { $0.hasPrefix("credentials: live tiny-2 1.0 ") })

      #expect(try await pools.stop(instance: "tiny-2", store: nil, progress: progress) == "shutdown")
      #expect(!second.isAlive)
      #expect(try names() == ["tiny-1", "tiny-3"])
      #expect(try await pools.status(of: "tiny").state == .running)
      more.count = 1
      try await pools.grow("tiny", with: more, store: nil, progress: progress)
      #expect(try names() == ["tiny-1", "tiny-3", "tiny-2"])
      // The disk of its state was kept.
      #expect(
        Tail.lines(of: state.appending("tiny/tiny-2/console.log"), count: 1000).contains("starts: 2"))

      let like = try pools.request(like: "tiny", image: tiny.image)
      #expect(like.settings == request.settings)
      #expect((like.role, like.count, like.release) == (.live, 3, "1.0"))
      for name in ["tiny-1", "tiny-3"] {
        try await pools.stop(
          instance: name, patience: .zero, removing: true, store: nil, progress: progress)
        #expect(access(state.appending("tiny/\(name)").string, F_OK) != 0)
      }
      // The last one's end is the pool's.
      try await pools.stop(instance: "tiny-2", patience: .zero, store: nil, progress: progress)
      #expect(try await pools.status(of: "tiny").state == .stopped)
      let error = await #expect(throws: Diagnostic.self) {
        try await pools.grow("tiny", with: more, store: nil, progress: progress)
      }
      #expect(error?.message == "the pool 'tiny' isn't one that runs")
    }

    @Test func `are as before where new instances don't come up, or their start is interrupted`() async throws
    {
      let tiny = try await TinyImage()
      try await pools.boot(.tiny(tiny), store: nil, progress: progress)
      let before = try pools.pool("tiny")
      let error = await #expect(throws: Diagnostic.self) {
        try await pools.grow(
          "tiny", with: .tiny(tiny, behaviour: "fail"), store: nil, progress: progress)
      }
      #expect(error?.message == "the instance 'tiny-2' did not start well: the unit app.service failed")
      #expect(try pools.pool("tiny") == before)

      let growth = Task {
        try await pools.grow("tiny", with: .tiny(tiny, behaviour: "hang"), store: nil, progress: progress)
      }
      while (try? pools.pool("tiny").instances.last?.process) == before.instances[0].process {
        await Task.yield()
      }
      #expect(try await pools.status(of: "tiny").instances.map(\.state) == [.running, .starting])
      let second = await #expect(throws: Diagnostic.self) {
        try await pools.stop(instance: "tiny-2", store: nil, progress: progress)
      }
      #expect(second?.category == .locked)
      growth.cancel()
      await #expect(throws: CancellationError.self) { try await growth.value }
      #expect(try pools.pool("tiny") == before)
      #expect(try await pools.status(of: "tiny").state == .running)

      var other = BootRequest.tiny(tiny)
      other.image.digest = Digest(of: "other")
      let refusal = await #expect(throws: Diagnostic.self) {
        try await pools.grow("tiny", with: other, store: nil, progress: progress)
      }
      #expect(refusal?.message.hasPrefix("the pool 'tiny' runs the image ") == true)
      try await pools.stop("tiny", patience: .zero, store: nil, progress: progress)
    }
  }
}
