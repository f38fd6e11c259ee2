import Essentials
import Glibc
import SystemPackage

extension Store {
  /// The digests that living processes hold.
  /// - Parameter removingAbandoned: whether leases of dead processes are removed.
  /// - Precondition: the store's lock is held alone, so no lease is just being written.
  func heldDigests(removingAbandoned: Bool) throws(Diagnostic) -> [Digest] {
    let folder = root.appending("leases")
    var held: [Digest] = []
    for name in try FolderListing.names(in: folder) {
      let path = folder.appending(name)
      if removeIfAbandoned(path, dryRun: !removingAbandoned) { continue }
      guard access(path.string, F_OK) == 0 else { continue }
      let bytes = try DurableFile.read(path, limit: 256 << 20)
      let lines = String(decoding: bytes, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      guard lines.first.map(String.init) == Lease.heading, lines.last == "" else {
        throw unreadableLease(path)
      }
      for line in lines.dropFirst().dropLast() {
        guard let digest = Digest(hexadecimal: line) else { throw unreadableLease(path) }
        held.append(digest)
      }
    }
    return held
  }

  private func unreadableLease(_ path: FilePath) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the lease \(path) of a running process can't be read",
      hints: ["let that process end, then collect again"])
  }

  /// Removes what dead processes left: records that were being written; and in `ingest/` temporaries, and downloads that
  /// nothing wants any more.
  /// - Precondition: the store's lock is held alone.
  func pruneLeftovers(_ reached: Set<Digest>, dryRun: Bool) throws(Diagnostic) -> Int {
    let folder = root.appending("ingest")
    var count = 0
    for name in try FolderListing.names(in: folder) {
      if name.hasSuffix(".partial"), let digest = Digest(hexadecimal: name.dropLast(8)),
        reached.contains(digest),
        !contains(digest)
      {
        continue
      }
      if removeIfAbandoned(folder.appending(name), dryRun: dryRun) { count += 1 }
    }
    // Records are written under the store's lock: whoever began one of these is gone.
    let folders =
      [root.appending("actions")] + Root.Kind.allCases.map { root.appending("roots").appending($0.rawValue) }
    for folder in folders {
      for name in try FolderListing.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
        count += 1
        if !dryRun { unlink(folder.appending(name).string) }
      }
    }
    return count
  }

  /// Removes a file whose writer no longer holds its lock.
  private func removeIfAbandoned(_ path: FilePath, dryRun: Bool) -> Bool {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow]) else {
      return false
    }
    defer { try? file.close() }
    guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else { return false }
    return dryRun || unlink(path.string) == 0
  }
}
