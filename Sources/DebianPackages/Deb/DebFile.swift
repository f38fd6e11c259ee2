package import Essentials

/// A binary package's archive, opened: its control members in memory, its files to be read one after the other.
///
/// Format: deb(5). An `ar` archive of `debian-binary`, `control.tar` and `data.tar`, the two tars compressed by xz,
/// zstd, gzip, bzip2 or not at all. They're read where they lie in the mapped file, without a copy.
package struct DebFile: Sendable {
  /// The text of `control`: one paragraph.
  package let control: String
  /// The files of the control archive by name, without the leading `./`.
  package let controlMembers: [String: [UInt8]]

  private let file: MappedFile
  private let data: Range<Int>
  private let name: String

  /// Larger control archives than this, unpacked and in bytes, are refused; Debian's largest has about 2 MB.
  private static let controlLimit = 64 << 20

  /// Reads the package's structure and its control members.
  /// - Parameters:
  ///   - file: the whole archive.
  ///   - name: what messages call it.
  /// - Throws: `.verificationFailed` where it isn't a binary package of format 2.
  package init(_ file: MappedFile, name: String) throws(Diagnostic) {
    let members = try ArMember.read(file, name: name)
    guard let first = members.first, first.name == "debian-binary",
      Self.text(first.range, in: file).hasPrefix("2.")
    else {
      throw Diagnostic(.verificationFailed, "\(name) is no Debian package of format 2")
    }
    // Names that begin with an underscore are for others; whatever else precedes the data is a newer format.
    let parts = members.dropFirst().filter { !$0.name.hasPrefix("_") }
    guard parts.count >= 2, let control = parts.first, let data = parts.dropFirst().first,
      control.name.hasPrefix("control.tar"), data.name.hasPrefix("data.tar")
    else {
      throw Diagnostic(.verificationFailed, "\(name) does not hold control.tar and data.tar in this order")
    }
    self.file = file
    self.data = data.range
    self.name = name
    controlMembers = try Self.readControl(file, control.range, name)
    guard let bytes = controlMembers["control"], let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic(.verificationFailed, "\(name) holds no readable control file")
    }
    self.control = text
  }

  /// The package's files, in the archive's order; read once.
  package func openData() throws(Diagnostic) -> ArchiveReader {
    try ArchiveReader(file, range: data, format: .tar, name: name)
  }

  /// Lets go of the memory that its bytes take, until they're read again.
  package func release() { file.release() }

  private static func readControl(_ file: MappedFile, _ range: Range<Int>, _ name: String) throws(Diagnostic)
    -> [String: [UInt8]]
  {
    let archive = try ArchiveReader(file, range: range, format: .tar, name: "\(name)'s control.tar")
    var members: [String: [UInt8]] = [:]
    var rest = controlLimit
    while let entry = try archive.next() {
      guard entry.kind == .file else { continue }
      let member = entry.path.hasPrefix("./") ? String(entry.path.dropFirst(2)) : entry.path
      // Each becomes a file of the dpkg database, so a name is a name and no path.
      guard !member.isEmpty, !member.hasPrefix("."), !member.contains("/"), members[member] == nil else {
        throw Diagnostic(.verificationFailed, "\(name) holds a control member called '\(entry.path)'")
      }
      let bytes = try archive.readAll(limit: rest)
      rest -= bytes.count
      members[member] = bytes
    }
    return members
  }

  private static func text(_ range: Range<Int>, in file: MappedFile) -> String {
    file.withBytes { String(decoding: $0[range], as: UTF8.self) }
  }
}

/// A member of an `ar` archive.
///
/// Format: ar(5), in the plain form that deb(5) uses: a header of 60 bytes, names of 16 at most, contents padded to
/// an even length.
struct ArMember {
  let name: String
  let range: Range<Int>

  private static let magic = Array("!<arch>\n".utf8)

  /// The members of the archive, in order.
  static func read(_ file: MappedFile, name: String) throws(Diagnostic) -> [ArMember] {
    let outcome = file.withBytes { bytes in
      Result { () throws(Diagnostic) in try read(bytes, name) }
    }
    return try outcome.get()
  }

  private static func read(_ bytes: UnsafeRawBufferPointer, _ name: String) throws(Diagnostic) -> [ArMember] {
    guard bytes.count >= 8, bytes[..<8].elementsEqual(magic) else {
      throw Diagnostic(.verificationFailed, "\(name) is no Debian package: it isn't an ar archive")
    }
    var members: [ArMember] = []
    var offset = 8
    while offset < bytes.count {
      guard bytes.count - offset >= 60, bytes[offset + 58] == 0x60, bytes[offset + 59] == 0x0A,
        let size = Int(field(bytes, offset + 48, 10)), size >= 0, size <= bytes.count - offset - 60,
        members.count < 64
      else {
        throw Diagnostic(.verificationFailed, "\(name) is truncated or damaged at byte \(offset)")
      }
      var member = field(bytes, offset, 16)
      if member.hasSuffix("/") { member.removeLast() }
      let start = offset + 60
      members.append(ArMember(name: member, range: start..<start + size))
      offset = start + size + size % 2
    }
    return members
  }

  private static func field(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> String {
    let text = String(decoding: bytes[start..<start + count], as: UTF8.self)
    return String(text.reversed().drop { $0 == " " }.reversed())
  }
}
