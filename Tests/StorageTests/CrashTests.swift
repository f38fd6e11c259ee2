import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

/// Processes that work in one store and are killed while they do.
@Suite(.serialized) struct CrashTests {
  let folder: TemporaryFolder
  let path: FilePath

  init() throws {
    folder = try TemporaryFolder()
    path = folder.appending("store")
    _ = try Store(at: path, creating: true)
  }

  private func worker(_ work: String) throws -> ChildProcess {
    try ChildProcess(BuiltProgram.path("StoreWorker").string, [path.string, work])
  }

  @Test(arguments: ["publish", "group", "tag", "collect"], [1, 4, 9])
  func `is usable after a kill -9 amid work`(_ work: String, _ lines: Int) async throws {
    let process = try worker(work)
    for _ in 0..<lines { #expect(try !process.readLine().isEmpty) }
    process.kill()

    let store = try Store(at: path, creating: false)
    let found = try await store.verify(Progress(style: .quiet))
    #expect(found.damaged.isEmpty)
    for tag in try store.tags() { #expect(try store.read(tag.digest).count == Int(tag.size)) }
    for root in try store.roots() { #expect(root.digests.allSatisfy(store.contains)) }
    #expect(try store.read(store.publish(Array("afterwards".utf8))) == Array("afterwards".utf8))

    // Nothing is left of the killed but what a root keeps.
    _ = try store.collect()
    let listing = try await Command(
      "find", [path.appending("ingest").string, path.appending("leases").string, "-type", "f"]
    ).output()
    #expect(String(decoding: listing, as: UTF8.self).split(separator: "\n").count == 1, "our own lease")
  }

  @Test func `bears many processes at once, a collection among them`() async throws {
    let processes = try ["publish", "publish", "group", "group", "tag", "tag", "collect"].map(worker)
    for _ in 0..<5 {
      for process in processes { #expect(try !process.readLine().isEmpty) }
    }
    for process in processes { process.kill() }
    let store = try Store(at: path, creating: false)
    #expect(try await store.verify(Progress(style: .quiet)).damaged.isEmpty)
    for root in try store.roots() { #expect(root.digests.allSatisfy(store.contains)) }
    for tag in try store.tags() { #expect(store.contains(tag.digest)) }
  }
}
