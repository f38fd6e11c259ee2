/// One ustar header, and the pax records for what doesn't fit it.
///
/// Source: IEEE Std 1003.1-2017 (POSIX), pax, "ustar Interchange Format".
struct TarHeader {
  static let blockSize = 512

  var path: [UInt8]
  var type: Character
  var permissions: UInt16 = 0
  var owner: UInt32 = 0
  var group: UInt32 = 0
  var modified: Int64 = 0
  var size: Int64 = 0
  var target: [UInt8] = []
  var major: UInt32 = 0
  var minor: UInt32 = 0

  private static let pathLimit = 100
  private static let prefixLimit = 155
  /// What 7 and 11 octal digits hold.
  private static let idLimit: Int64 = 0o7777777
  private static let sizeLimit: Int64 = 0o77777777777

  init(path: [UInt8], type: Character) {
    self.path = path
    self.type = type
  }

  /// Adds the records for what the header's fields can't hold.
  func extend(_ records: inout PaxRecords) {
    let needsPath = Self.split(path) == nil
    let needsTarget = target.count > Self.pathLimit
    // Values are UTF-8 unless this record says otherwise, which libarchive heeds and others needn't.
    if (needsPath && !Self.isUTF8(path)) || (needsTarget && !Self.isUTF8(target)) {
      records.add("hdrcharset".utf8, "BINARY".utf8)
    }
    if needsPath { records.add("path".utf8, path) }
    if needsTarget { records.add("linkpath".utf8, target) }
    if Int64(owner) > Self.idLimit { records.add("uid", Int64(owner)) }
    if Int64(group) > Self.idLimit { records.add("gid", Int64(group)) }
    if size > Self.sizeLimit { records.add("size", size) }
    if !(0...Self.sizeLimit).contains(modified) { records.add("mtime", modified) }
  }

  /// Writes the 512 bytes.
  func write(to block: UnsafeMutableRawBufferPointer) {
    block.initializeMemory(as: UInt8.self, repeating: 0)
    let (prefix, name) = Self.split(path) ?? ([], path.prefix(Self.pathLimit))
    Self.put(name, in: block, at: 0)
    Self.octal(Int64(permissions), in: block, at: 100, width: 8)
    Self.octal(Int64(owner) > Self.idLimit ? 0 : Int64(owner), in: block, at: 108, width: 8)
    Self.octal(Int64(group) > Self.idLimit ? 0 : Int64(group), in: block, at: 116, width: 8)
    Self.octal(size > Self.sizeLimit ? 0 : size, in: block, at: 124, width: 12)
    Self.octal((0...Self.sizeLimit).contains(modified) ? modified : 0, in: block, at: 136, width: 12)
    block[156] = type.asciiValue ?? 0
    Self.put(target.prefix(Self.pathLimit), in: block, at: 157)
    Self.put(Array("ustar\u{0}00".utf8)[...], in: block, at: 257)
    if type == "3" || type == "4" {
      Self.octal(Int64(major), in: block, at: 329, width: 8)
      Self.octal(Int64(minor), in: block, at: 337, width: 8)
    }
    Self.put(prefix, in: block, at: 345)
    // The checksum counts its own field as blanks.
    var sum = 8 * 32
    for byte in block.prefix(Self.blockSize) { sum += Int(byte) }
    Self.octal(Int64(sum), in: block, at: 148, width: 7)
    block[155] = UInt8(ascii: " ")
  }

  /// The path as the header's two fields hold it, or nil.
  private static func split(_ path: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
    if path.count <= pathLimit { return ([], path[...]) }
    guard path.count <= pathLimit + prefixLimit + 1 else { return nil }
    let earliest = path.count - pathLimit - 1
    let latest = min(prefixLimit, path.count - 2)
    guard earliest <= latest, let slash = path[earliest...latest].firstIndex(of: UInt8(ascii: "/")), slash > 0
    else { return nil }
    return (path[..<slash], path[(slash + 1)...])
  }

  private static func put(_ bytes: ArraySlice<UInt8>, in block: UnsafeMutableRawBufferPointer, at offset: Int)
  {
    UnsafeMutableRawBufferPointer(rebasing: block[offset..<offset + bytes.count]).copyBytes(from: bytes)
  }

  /// `width - 1` octal digits; the last byte stays zero.
  private static func octal(
    _ value: Int64, in block: UnsafeMutableRawBufferPointer, at offset: Int, width: Int
  ) {
    var rest = value
    for index in stride(from: offset + width - 2, through: offset, by: -1) {
      block[index] = UInt8(ascii: "0") + UInt8(rest & 7)
      rest >>= 3
    }
  }

  static func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}
