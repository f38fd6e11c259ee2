import Cutover
import Essentials
import SystemPackage
import TestSupport
import Testing

@Suite struct LeaseTests {
  @Test func `has an epoch that grows with each command`() throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("lease.json")
    let first = try Lease.take(path, command: "swap run", evicting: false)
    first.end()
    let second = try Lease.take(path, command: "swap resume", evicting: false)
    #expect(second.epoch == first.epoch + 1)
    try second.verify()
    #expect(throws: Diagnostic.self) { try first.verify() }
    // Whoever was put out can't let go of another's.
    first.end()
    try second.verify()
  }

  @Test func `is another's as long as that one lives, and can be taken from it`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("lease.json")
    let mine = try Lease.take(path, command: "swap run", evicting: false)
    mine.end()
    let text = String(decoding: try DurableFile.read(path), as: UTF8.self)
    // A living process of the same user holds it.
    let child = try ChildProcess("sleep", ["60"])
    defer { child.kill() }
    let stat = String(
      decoding: try DurableFile.read(FilePath("/proc/\(child.identifier)/stat")), as: UTF8.self)
    let started = stat.split(separator: ")").last?.split(separator: " ")[19] ?? ""
    let boot = String(decoding: try DurableFile.read("/proc/sys/kernel/random/boot_id"), as: UTF8.self)
      .split(separator: "\n")[0]
    let holder = #","holder":{"pid":\#(child.identifier),"started":\#(started),"boot":"\#(boot)"}"#
    let held = text.replacing(#""epoch":1"#, with: #""epoch":1"# + holder)
    try DurableFile.write(Array(held.utf8), to: path)
    let refusal = #expect(throws: Diagnostic.self) {
      try Lease.take(path, command: "swap run", evicting: false)
    }
    #expect(refusal?.category == .locked)
    #expect(refusal?.message == "process \(child.identifier) is at work here: swap run")
    let taken = try Lease.take(path, command: "swap resume --evict", evicting: true)
    try taken.verify()
    taken.end()
    try DurableFile.write(Array(held.utf8), to: path)
    child.kill()
    _ = try Lease.take(path, command: "swap run", evicting: false)
  }

  @Test func `says so where its file is none`() throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("lease.json")
    try DurableFile.write(Array("{}".utf8), to: path)
    let refusal = #expect(throws: Diagnostic.self) {
      try Lease.take(path, command: "swap run", evicting: false)
    }
    #expect(refusal?.message == "\(path) can't be read as a lease of version 1")
  }
}
