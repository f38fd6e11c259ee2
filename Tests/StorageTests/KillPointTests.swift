import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

/// A process that is killed at each of its write-side system calls in turn, or for which each fails in turn: the store is
/// usable every time, with no wrong byte and no lost root.
@Suite(.serialized) struct KillPointTests {
  let folder: TemporaryFolder
  let template: FilePath
  let copy: FilePath
  let environment = ["PATH": "/usr/bin:/bin"]

  init() throws {
    // In memory: only the order of calls matters here, and each run has dozens that would wait for a disk.
    folder = try TemporaryFolder(in: "/dev/shm")
    template = folder.appending("template")
    copy = folder.appending("store")
  }

  /// A store with a lockfile, an image with a name and one without, garbage, and what dead processes left.
  private func prepare() throws {
    let store = try Store(at: template, creating: true)
    try store.keep(
      Root(.lockfile, "/recipe", digests: [try store.publish([1]), try store.publish([2])]))
    for name in ["named", "nameless"] {
      let layer = try store.publish(Array("layer of \(name)".utf8))
      let manifest = try store.publish(Array("{\"layers\": [{\"digest\": \"\(layer)\"}]}".utf8))
      try store.keep(Root(.image, manifest.hexadecimal, digests: [manifest]))
      try store.record(ActionKey(name, version: 1), ActionResult(outputs: ["layer": layer]))
      if name == "named" {
        let size = try #require(store.size(of: manifest))
        try store.tag(Tag(name, mediaType: "x/y", digest: manifest, size: size))
      }
    }
    for number in 0..<3 { try store.publish(Array("garbage \(number)".utf8)) }
    try DurableFile.write(
      Array("hardtack lease 1\n".utf8), to: template.pushing("leases/1.00"))
    try DurableFile.write([1, 2, 3], to: template.pushing("ingest/1.00.tmp"))
  }

  private func sweep(
    _ work: String, failingWith code: Int32? = nil, sparing isKept: (Root) -> Bool,
    finally: (Store) async throws -> Void
  ) async throws -> Int {
    try prepare()
    let before = try Store(at: template, creating: false).roots().filter(isKept)
    let worker = BuiltProgram.path("StoreWorker")
    return try await KillPoint.sweep(
      worker, [copy.string, work], environment: environment, store: template, copy: copy, failingWith: code
    ) { number, result in
      if let code, result.status != 0 {
        let reason = String(cString: strerror(code)).lowercased()
        #expect(
          result.errorText.lowercased().contains(reason), "call \(number) of \(work): \(result.errorText)")
      }
      let store = try Store(at: copy, creating: false)
      let found = try await store.verify(Progress(style: .quiet))
      #expect(found.isSound, "after call \(number) of \(work)")
      #expect(try store.losses().isEmpty, "after call \(number) of \(work)")
      let roots = try store.roots()
      for root in before {
        #expect(roots.contains(root), "after call \(number) of \(work)")
        #expect(root.digests.allSatisfy(store.contains))
      }
      #expect(try store.resolve("named") != nil)
      // The same work goes through now, and nothing is left of the killed one.
      let again = try await Command(worker.string, [copy.string, work], environment: environment).run()
      #expect(again.status == 0, "\(again.errorText)")
      try await finally(store)
    }
  }

  private static let faults: [Int32?] = [nil, ENOSPC, EACCES]

  @Test(arguments: faults)
  func `a publication may be killed, or fail, at any call`(_ code: Int32?) async throws {
    let points = try await sweep("publish-once", failingWith: code, sparing: { _ in true }) { store in
      #expect(try await store.verify(Progress(style: .quiet)).isSound)
      let tag = try #require(try store.resolve("worker"))
      #expect(try store.read(tag.digest).count == Int(tag.size))
      #expect(try store.action(for: ActionKey("worker", version: 1)) != nil)
      #expect(try IngestTests.names(in: store.root.appending("ingest")).allSatisfy { $0.hasSuffix(".tmp") })
      // Two artifacts, three images of two blobs each with a layer of a megabyte, its two companions.
      _ = try store.collect(keep: 1)
      #expect(try store.blobs().count >= 8)
      #expect(try IngestTests.names(in: store.root.appending("ingest")).isEmpty)
    }
    print("struck each of the \(points) write-side calls of a publication")
    #expect(points > 40)
  }

  @Test(arguments: faults)
  func `a collection may be killed, or fail, at any call`(_ code: Int32?) async throws {
    let nameless = Digest(of: #"{"layers": [{"digest": "\#(Digest(of: "layer of nameless"))"}]}"#)
    let points = try await sweep(
      "collect-once", failingWith: code, sparing: { $0.name != nameless.hexadecimal }
    ) { (store) async throws in
      // Two artifacts, and an image of two blobs.
      #expect(try store.blobs().count == 4)
      #expect(try IngestTests.names(in: store.root.appending("ingest")).isEmpty)
      #expect(try IngestTests.names(in: store.root.appending("leases")).isEmpty)
      #expect(try IngestTests.names(in: store.root.appending("actions")).count == 1)
    }
    print("struck each of the \(points) write-side calls of a collection")
    #expect(points > 8)
  }
}
