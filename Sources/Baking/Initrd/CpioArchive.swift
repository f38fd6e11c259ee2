import Essentials

/// What a cpio archive holds, as `path: node`, and its bytes.
///
/// The form is "newc", the one that the kernel unpacks as its first root tree. The same nodes give the same
/// bytes: sorted by path, inodes numbered from 1, all owned by root, all times 0.
/// Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
struct CpioArchive {
  enum Node {
    case folder
    case file([UInt8], executable: Bool)
    case link(String)
    case characterDevice(major: UInt32, minor: UInt32, permissions: UInt32)
  }

  private var nodes: [String: Node] = [:]

  /// Adds a node, and the folders above it.
  /// - Parameter path: without a slash in front.
  mutating func add(_ path: String, _ node: Node) {
    let parts = path.split(separator: "/")
    for count in 1..<max(1, parts.count) {
      let folder = parts.prefix(count).joined(separator: "/")
      if nodes[folder] == nil { nodes[folder] = .folder }
    }
    nodes[path] = node
  }

  /// The whole archive.
  /// - Throws: where a file has 4 GiB or more, which the form can't say.
  func bytes() throws(Diagnostic) -> [UInt8] {
    var output: [UInt8] = []
    // Bytewise, so that a folder comes before what is in it.
    let paths = nodes.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for (index, path) in paths.enumerated() {
      guard let node = nodes[path] else { continue }
      var header = Header(inode: UInt32(index + 1), name: path)
      var content: [UInt8] = []
      switch node {
      case .folder:
        header.mode = 0o040755
        header.links = 2
      case .file(let bytes, let executable):
        header.mode = executable ? 0o100755 : 0o100644
        content = bytes
      case .link(let target):
        header.mode = 0o120777
        content = Array(target.utf8)
      case .characterDevice(let major, let minor, let permissions):
        header.mode = 0o020000 | permissions
        header.major = major
        header.minor = minor
      }
      guard let size = UInt32(exactly: content.count) else {
        throw Diagnostic(.failed, "\(path) is too large for an initrd: \(ByteCount(content.count))")
      }
      header.size = size
      header.write(to: &output)
      output.append(contentsOf: content)
      Self.pad(&output, to: 4)
    }
    Header(inode: 0, name: "TRAILER!!!").write(to: &output)
    Self.pad(&output, to: 512)
    return output
  }

  private struct Header {
    let inode: UInt32
    let name: String
    var mode: UInt32 = 0
    var links: UInt32 = 1
    var size: UInt32 = 0
    var major: UInt32 = 0
    var minor: UInt32 = 0

    init(inode: UInt32, name: String) {
      self.inode = inode
      self.name = name
    }

    func write(to output: inout [UInt8]) {
      output.append(contentsOf: "070701".utf8)
      // Inode, mode, owner, group, links, time, size, the file system's device, the node's own, the length of
      // the name with its zero, and a checksum that this form doesn't use.
      let fields = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, UInt32(name.utf8.count + 1), 0]
      for field in fields {
        let digits = String(field, radix: 16, uppercase: true)
        output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 8 - digits.utf8.count))
        output.append(contentsOf: digits.utf8)
      }
      output.append(contentsOf: name.utf8)
      output.append(0)
      CpioArchive.pad(&output, to: 4)
    }
  }

  private static func pad(_ output: inout [UInt8], to unit: Int) {
    output.append(contentsOf: repeatElement(0, count: (unit - output.count % unit) % unit))
  }
}
