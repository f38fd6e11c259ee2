import Essentials
import Glibc
import Synchronization
import SystemPackage

/// What was read and found right since the machine started, so that large layers need not be read again.
///
/// Format: the file `verified/BOOT`, where BOOT is the kernel's boot identifier, holds lines of six fields
/// separated by blanks: the blob's hexadecimal digest, the inode's number, the size in bytes, the times of
/// modification and of change in nanoseconds, and `.` as the end. A line counts only while all of them still
/// hold; one that can't be read doesn't count. So a damaged mark, or one of a replaced or modified file, costs
/// a second reading and nothing else.
final class VerifiedMarks: Sendable {
  /// What tells one state of a file from another.
  struct Identity: Hashable, Sendable {
    var inode: UInt64
    var size: Int64
    var modified: Int64
    var changed: Int64

    init(_ information: stat) {
      inode = UInt64(information.st_ino)
      size = Int64(information.st_size)
      modified = Self.nanoseconds(information.st_mtim)
      changed = Self.nanoseconds(information.st_ctim)
    }

    init?(fields: [Substring]) {
      guard fields.count == 6, fields[5] == ".", let inode = UInt64(fields[1]), let size = Int64(fields[2]),
        let modified = Int64(fields[3]), let changed = Int64(fields[4])
      else { return nil }
      (self.inode, self.size, self.modified, self.changed) = (inode, size, modified, changed)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
      Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
  }

  /// A blob, and the state in which it was found right.
  typealias Mark = (digest: Digest, identity: Identity)

  private let path: FilePath?
  private let folder: FilePath
  private let marks = Mutex<[Digest: Identity]?>(nil)

  init(folder: FilePath) {
    self.folder = folder
    let boot = (try? DurableFile.read("/proc/sys/kernel/random/boot_id", limit: 100)) ?? []
    let name = String(decoding: boot, as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
    path = name.isEmpty ? nil : folder.appending(name)
  }

  /// Whether the blob was found right in the state that `information` tells of.
  func contains(_ digest: Digest, _ information: stat) -> Bool {
    marks.withLock { marks in
      load(&marks)
      return marks?[digest] == Identity(information)
    }
  }

  /// Remembers these blobs, which were all read just now, in place of all others.
  func replace(_ found: [Mark]) {
    // They may be many: whoever needs one in this process reads the file.
    marks.withLock { $0 = nil }
    // What another process adds meanwhile may go: it's read again.
    if let path { try? DurableFile.write(Self.text(found), to: path) }
  }

  private static func text(_ found: [Mark]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(found.count * 140)
    for (digest, identity) in found {
      let fields = [
        digest.hexadecimal, "\(identity.inode)", "\(identity.size)", "\(identity.modified)",
        "\(identity.changed)", ".\n",
      ]
      text.append(contentsOf: fields.joined(separator: " ").utf8)
    }
    return text
  }

  /// Remembers blobs that were found right. A failure to write is no error: they're read again.
  func add(_ found: [Mark]) {
    guard let path, !found.isEmpty else { return }
    let text = Self.text(found)
    marks.withLock { marks in
      load(&marks)
      // In place: a copy for each of many thousands would take quadratic time.
      for found in found { marks?[found.digest] = found.identity }
    }
    guard
      let file = try? FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    else { return }
    _ = try? file.closeAfter { try file.writeAll(text) }
  }

  private func load(_ marks: inout [Digest: Identity]?) {
    guard marks == nil else { return }
    var found: [Digest: Identity] = [:]
    if let path, let bytes = try? DurableFile.read(path, limit: 256 << 20) {
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard let first = fields.first, let digest = Digest(hexadecimal: first),
          let identity = Identity(fields: fields)
        else { continue }
        found[digest] = identity
      }
    }
    marks = found
  }

  /// Removes the marks of earlier boots.
  func prune() throws(Diagnostic) {
    for name in try FolderListing.names(in: folder) where folder.appending(name) != path {
      unlink(folder.appending(name).string)
    }
  }
}
