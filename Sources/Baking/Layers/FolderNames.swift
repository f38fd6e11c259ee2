import CLinux
import Essentials
import Glibc
import SystemPackage

/// The names in a folder, as bytes, ordered bytewise, without `.` and `..`.
struct FolderNames {
  // Each name ends with a zero.
  private var bytes: [UInt8] = []
  private var ranges: [ArenaRange] = []

  var count: Int { ranges.count }

  init() {}

  /// Reads the folder behind `descriptor` from where it stands.
  /// - Parameter path: what messages call it.
  init(_ descriptor: Int32, path: @autoclosure () -> FilePath) throws(Diagnostic) {
    let room = 1 << 15
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = getdents64(descriptor, buffer.baseAddress!, room)  // The buffer isn't empty.
      if count == 0 { break }
      guard count > 0 else { throw .system(.current, "read the folder", path()) }
      var position = 0
      // struct linux_dirent64: inode (8 bytes), offset (8), length of the record (2), kind (1), name.
      while position + 19 <= count {
        let length = Int(buffer.loadUnaligned(fromByteOffset: position + 16, as: UInt16.self))
        let name = UnsafeRawBufferPointer(rebasing: buffer[position + 19..<min(count, position + length)])
        let nameCount = name.firstIndex(of: 0) ?? name.count
        if !Self.isDots(name, nameCount) {
          ranges.append(ArenaRange(start: bytes.count, count: nameCount))
          bytes.append(contentsOf: name.prefix(nameCount))
          bytes.append(0)
        }
        position += max(19, length)
      }
    }
    bytes.withUnsafeBytes { bytes in
      ranges.sort {
        LayerTable.compare(
          UnsafeRawBufferPointer(rebasing: bytes[$0.range]), UnsafeRawBufferPointer(rebasing: bytes[$1.range])
        ) < 0
      }
    }
  }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[ranges[index].range] }

  /// Calls `body` with a name that ends with a zero.
  func withName<Result>(_ index: Int, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
      // Never nil: each name has a zero behind it.
      body(bytes.baseAddress!.advanced(by: Int(ranges[index].start)).assumingMemoryBound(to: CChar.self))
    }
  }

  private static func isDots(_ name: UnsafeRawBufferPointer, _ count: Int) -> Bool {
    let dot = UInt8(ascii: ".")
    return (count == 1 && name[0] == dot) || (count == 2 && name[0] == dot && name[1] == dot)
  }
}
