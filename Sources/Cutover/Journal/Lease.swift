package import Essentials
import FoundationEssentials
import Glibc
import Pools
package import SystemPackage

/// Who may change a site: one command at a time, under an epoch that grows with each.
///
/// The file outlives every command. A command that has ended, by whatever end, holds nothing any more: its process is told
/// from any later one with its number. One that's stuck can be put out; its epoch is then behind, and the journal, the
/// balancer and the database refuse what it tries.
package struct Lease: Sendable {
  package let epoch: Int
  private let path: FilePath

  private struct Content: Codable {
    var version = 1
    var epoch: Int
    var holder: ProcessIdentity?
    /// In seconds since 1970.
    var since: Int64
    var command: String
  }

  /// Takes the lease.
  /// - Parameters:
  ///   - command: what takes it, to tell others.
  ///   - evicting: whether a command that's still running loses it.
  /// - Throws: `locked` where another command holds it.
  package static func take(
    _ path: FilePath, command: String, evicting: Bool
  ) throws(Diagnostic) -> Lease {
    try exclusively(path) { () throws(Diagnostic) in
      let found = try read(path)
      if let holder = found?.holder, holder.isAlive, holder != ProcessIdentity(running: getpid()), !evicting {
        throw Diagnostic(
          .locked, Self.sentence(holder, found?.command ?? ""),
          hints: ["wait for it, or end it; if it's stuck, go on without it with --evict"])
      }
      let epoch = (found?.epoch ?? 0) + 1
      try write(
        Content(
          epoch: epoch, holder: ProcessIdentity(running: getpid()), since: Int64(time(nil)), command: command),
        path)
      return Lease(epoch: epoch, path: path)
    }
  }

  /// - Throws: `locked` where another command has taken the lease since.
  package func verify() throws(Diagnostic) {
    let found = try Self.read(path)
    guard found?.epoch == epoch else {
      throw Diagnostic(
        .locked, "this command was put out: \(found?.command ?? "another command") has taken over",
        hints: ["see how far it is with 'hardtack swap status'"])
    }
  }

  /// Who is at work, as a sentence; nil where nobody is.
  package static func holder(_ path: FilePath) throws(Diagnostic) -> String? {
    guard let found = try read(path), let holder = found.holder, holder.isAlive else { return nil }
    return sentence(holder, found.command)
  }

  private static func sentence(_ holder: ProcessIdentity, _ command: String) -> String {
    "process \(holder.pid) is at work here: \(command)"
  }

  /// Lets go of it; the epoch stays.
  package func end() {
    _ = try? Self.exclusively(path) { () throws(Diagnostic) in
      guard var found = try Self.read(path), found.epoch == epoch else { return }
      found.holder = nil
      try Self.write(found, path)
    }
  }

  private static func exclusively<Result>(
    _ path: FilePath, _ body: () throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    let guardian = path.removingLastComponent().appending("lease.lock")
    let file = try attempt("open", guardian) {
      try FileDescriptor.open(
        guardian, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    }
    defer {
      flock(file.rawValue, LOCK_UN)
      try? file.close()
    }
    while flock(file.rawValue, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .system(.current, "lock", guardian) }
    }
    return try body()
  }

  private static func read(_ path: FilePath) throws(Diagnostic) -> Content? {
    guard access(path.string, F_OK) == 0 else { return nil }
    let bytes = try DurableFile.read(path, limit: 64 << 10)
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)), content.version == 1
    else {
      throw Diagnostic(
        .failed, "\(path) can't be read as a lease of version 1",
        hints: ["remove it if no 'hardtack swap' runs; the epoch begins anew then"])
    }
    return content
  }

  private static func write(_ content: Content, _ path: FilePath) throws(Diagnostic) {
    guard let json = try? JSONEncoder().encode(content) else {
      throw Diagnostic(.bug, "the lease can't be written as JSON")
    }
    try DurableFile.write(Array(json) + [UInt8(ascii: "\n")], to: path, mode: [.ownerReadWrite])
  }
}
