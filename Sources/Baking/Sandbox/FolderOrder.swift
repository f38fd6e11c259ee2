import CLinux
import CSandbox
import Essentials
import Glibc

/// Shows the sandbox's programs every folder in one order, whatever file system it lies on.
///
/// A file system lists a folder in an order of its own (ext4 by a hash with the file system's own seed, tmpfs by
/// age), and programs pass that order on into what they make: the manifest that Django's `collectstatic` writes is a
/// case. So the sandbox's calls of getdents64(2) wait for this type's answer (seccomp_unotify(2)), which is the
/// folder by a hash of the names. Not by name, since a call goes on where the last one ended, and a hash fits into
/// the folder's offset, which names removed meanwhile don't shift.
struct FolderOrder {
  private let listener: Int32

  init(listener: Int32) { self.listener = listener }

  /// Answers a call of getdents64(2).
  func answer(_ call: hardtack_call) {
    let size = UInt32(truncatingIfNeeded: call.arguments.2)
    let folder = hardtack_foreign_descriptor(call.thread, Int32(truncatingIfNeeded: call.arguments.0))
    guard folder >= 0 else { return pass(call) }
    defer { close(folder) }
    let position = Int64(lseek(folder, 0, SEEK_CUR))
    guard position >= 0, let entries = Self.entries(of: folder) else { return pass(call) }

    let reply = Self.records(entries, from: position, room: Int(min(size, 1 << 20)))
    guard let reply else {
      answer(call, -Int64(EINVAL))
      return
    }
    guard lseek(folder, Int(reply.position), SEEK_SET) == Int(reply.position) else { return pass(call) }
    let written = reply.bytes.withUnsafeBytes {
      hardtack_foreign_write(call.thread, call.arguments.1, $0.baseAddress, $0.count)
    }
    guard written == 0 else {
      lseek(folder, Int(position), SEEK_SET)
      answer(call, -Int64(EFAULT))
      return
    }
    // A caller that a signal took away asks again, and must get the same.
    if !answer(call, Int64(reply.bytes.count)) { lseek(folder, Int(position), SEEK_SET) }
  }

  /// Leaves a folder that has no order to the kernel, and what isn't one.
  private func pass(_ call: hardtack_call) { _ = hardtack_call_continue(listener, call.id) }

  @discardableResult
  private func answer(_ call: hardtack_call, _ result: Int64) -> Bool {
    hardtack_call_answer(listener, call.id, result) == 0
  }

  /// An entry of a folder. Its record is as `struct linux_dirent64`: inode, offset, length, type, name.
  private struct Entry {
    let inode: UInt64
    let type: UInt8
    /// Without the final NUL.
    let name: [UInt8]
    /// The offset behind it.
    let position: Int64

    var recordLength: Int { (FolderOrder.header + name.count + 1 + 7) & ~7 }
  }

  private static let header = 19

  /// What is in the folder, read through a descriptor of its own; nil where it can't be.
  private static func entries(of folder: Int32) -> [Entry]? {
    let handle = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return nil }
    defer { close(handle) }
    var entries: [Entry] = []
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    while true {
      let count = buffer.withUnsafeMutableBytes { getdents64(handle, $0.baseAddress, $0.count) }
      if count == 0 { break }
      guard count > 0 else { return nil }
      buffer.withUnsafeBytes { block in
        var at = 0
        while at + header < count {
          let length = Int(block.loadUnaligned(fromByteOffset: at + 16, as: UInt16.self))
          let name = Array(block[(at + header)..<(at + length)].prefix { $0 != 0 })
          entries.append(
            Entry(
              inode: block.loadUnaligned(fromByteOffset: at, as: UInt64.self), type: block[at + 18],
              name: name, position: place(of: name)))
          at += length
        }
      }
    }
    return entries.sorted {
      $0.position == $1.position
        ? $0.name.lexicographicallyPrecedes($1.name) : $0.position < $1.position
    }
  }

  /// Where a name stands: the folder itself and the one above first, the others by the hash FNV-1a. In 31 bits, which
  /// is what every file system takes as an offset.
  private static func place(of name: [UInt8]) -> Int64 {
    if name == [0x2E] { return 1 }
    if name == [0x2E, 0x2E] { return 2 }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return 3 + Int64((hash ^ hash >> 33) & 0x7FFF_FFF0)
  }

  /// The records of the entries behind `position` that fit into `room` bytes. Names with the same place go together,
  /// so that the next call needs nothing but the place to go on.
  /// - Returns: nil where there are some and none fits.
  private static func records(_ entries: [Entry], from position: Int64, room: Int)
    -> (bytes: [UInt8], position: Int64)?
  {
    var bytes: [UInt8] = []
    var reached = position
    var index = entries.firstIndex { $0.position > position } ?? entries.count
    if index == entries.count { return (bytes, reached) }
    while index < entries.count {
      let group = entries[index...].prefix { $0.position == entries[index].position }
      guard bytes.count + group.reduce(0, { $0 + $1.recordLength }) <= room else { break }
      for entry in group { append(entry, to: &bytes) }
      reached = entries[index].position
      index += group.count
    }
    return bytes.isEmpty ? nil : (bytes, reached)
  }

  private static func append(_ entry: Entry, to bytes: inout [UInt8]) {
    let start = bytes.count
    withUnsafeBytes(of: entry.inode) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: entry.position) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(entry.recordLength)) { bytes.append(contentsOf: $0) }
    bytes.append(entry.type)
    bytes.append(contentsOf: entry.name)
    bytes.append(contentsOf: repeatElement(0, count: start + entry.recordLength - bytes.count))
  }
}
