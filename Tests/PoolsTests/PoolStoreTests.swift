import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct PoolStoreTests {
  static func record(_ name: String, process: ProcessIdentity?, phase: PoolRecord.Phase) -> PoolRecord {
    PoolRecord(
      name: name, image: Digest(of: "image"), recipe: "logic", release: "1", role: .test, accelerator: .tcg,
      created: 1000, phase: phase, failure: nil, store: nil, starter: nil, sanity: [],
      instances: [
        .init(
          name: name + "-1", identity: "00000000-0000-4000-8000-000000000000",
          forwards: [.init(host: 8080, guest: 80)], process: process)
      ])
  }

  @Test(arguments: [
    (["HARDTACK_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/s"),
    (["XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/hardtack"),
    (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/hardtack"),
  ])
  func `lies where the environment says`(environment: [String: String], folder: String) throws {
    #expect(try PoolStore { environment[$0] }.folder == FilePath(folder))
  }

  @Test(arguments: [[:], ["HARDTACK_STATE": "relative"]])
  func `refuses to guess a folder`(environment: [String: String]) {
    #expect(throws: Diagnostic.self) { try PoolStore { environment[$0] } }
  }

  @Test(arguments: ["", "-a", "a-", "A", "a/b", "..", "a.b", String(repeating: "a", count: 41)])
  func `refuses a name that can't be a host's`(name: String) { #expect(!PoolStore.isName(name)) }

  @Test func `keeps records and suggests the nearest name`() throws {
    let folder = try TemporaryFolder()
    let pools = PoolStore(folder: folder.appending("state"))
    #expect(try pools.names() == [])
    let record = Self.record("logic", process: nil, phase: .stopped)
    try pools.write(record)
    #expect(try pools.names() == ["logic"])
    #expect(try pools.pool("logic") == record)
    let error = #expect(throws: Diagnostic.self) { try pools.pool("logik") }
    #expect(try #require(error).hints == ["did you mean 'logic'?"])
  }

  @Test(arguments: [
    (#"{"version": 2}"#, "is of version 2; this program knows version 1"), ("{", "no JSON object"),
    (#"{"version": 1}"#, "a field is missing"),
  ])
  func `refuses a record that it doesn't know`(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let pools = PoolStore(folder: folder.path)
    try pools.write(Self.record("logic", process: nil, phase: .stopped))
    try DurableFile.write(Array(text.utf8), to: folder.appending("logic/pool.json"))
    let error = #expect(throws: Diagnostic.self) { try pools.pool("logic") }
    #expect(try #require(error).message.contains(message))
  }

  @Test func `lets one command change a pool at a time`() throws {
    let folder = try TemporaryFolder()
    let pools = PoolStore(folder: folder.path)
    let held = try pools.lock("logic")
    let error = #expect(throws: Diagnostic.self) { try pools.lock("logic") }
    #expect(try #require(error).category == .locked)
    withExtendedLifetime(held) {}
  }

  @Test func `tells a dead instance from one that was stopped`() async throws {
    let folder = try TemporaryFolder()
    let pools = PoolStore(folder: folder.path)
    var gone = try #require(ProcessIdentity(running: getpid()))
    gone.started += 1
    try pools.write(Self.record("dead", process: gone, phase: .ready))
    try pools.write(Self.record("stopped", process: nil, phase: .stopped))
    try pools.write(Self.record("running", process: ProcessIdentity(running: getpid()), phase: .ready))
    try DurableFile.createFolder(folder.appending("dead/dead-1"))
    try DurableFile.write(
      Array("first\n\u{1B}[31mlast\u{1B}[0m words\u{7}\n".utf8),
      to: folder.appending("dead/dead-1/console.log"))
    let list = try await pools.list()
    #expect(list.map(\.name) == ["dead", "running", "stopped"])
    #expect(list.map(\.state) == [.dead, .running, .stopped])
    #expect(list.flatMap(\.instances).map(\.state) == [.dead, .running, .stopped])
    #expect(list[0].instances[0].tail == ["first", "last words"])
  }
}
