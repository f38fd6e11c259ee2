import Essentials

/// An entry as a tar gives it, nothing in it trusted yet.
struct TarItem {
  var path: [UInt8] = []
  var type: UInt8 = 0
  var permissions: UInt16 = 0
  var owner: UInt32 = 0
  var group: UInt32 = 0
  var modified: Int64 = 0
  var size: Int64 = 0
  /// Where its content begins, in bytes.
  var offset: Int64 = 0
  var target: [UInt8] = []
  var major: UInt32 = 0
  var minor: UInt32 = 0
  var attributes: [ExtendedAttribute] = []
}

/// Reads the headers of an uncompressed tar in memory: ustar, pax and GNU's long names.
///
/// It's stricter than tar: what it doesn't know it refuses rather than passes over, since a layer must be
/// what every reader takes it for.
struct TarReader {
  private static let blockSize = 512
  /// The longest extended header, in bytes.
  private static let headerLimit = 1 << 20

  private let bytes: UnsafeRawBufferPointer
  private let name: String
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer, name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// The next entry, or nil at the archive's end.
  mutating func next() throws(Diagnostic) -> TarItem? {
    var records = PaxValues()
    var longPath: [UInt8]?
    var longTarget: [UInt8]?
    while true {
      guard position + Self.blockSize <= bytes.count else { throw damaged("ends without its last block") }
      let header = UnsafeRawBufferPointer(rebasing: bytes[position..<position + Self.blockSize])
      if header.allSatisfy({ $0 == 0 }) {
        guard records.isEmpty, longPath == nil, longTarget == nil else { throw damaged("ends in a header") }
        return nil
      }
      try checkSum(header)
      let size = try number(header, 124, 12)
      switch header[156] {
      case UInt8(ascii: "x"): try records.parse(special(size), name)
      case UInt8(ascii: "g"):
        var global = PaxValues()
        try global.parse(special(size), name)
        guard global.isEmpty else { throw damaged("has a global header that bears on entries") }
      case UInt8(ascii: "L"): longPath = Array(try special(size).prefix { $0 != 0 })
      case UInt8(ascii: "K"): longTarget = Array(try special(size).prefix { $0 != 0 })
      default:
        var item = try item(header)
        if let longPath { item.path = longPath }
        if let longTarget { item.target = longTarget }
        item.size = size
        try records.apply(to: &item, name)
        return try content(item)
      }
    }
  }

  private mutating func content(_ item: TarItem) throws(Diagnostic) -> TarItem {
    var item = item
    position += Self.blockSize
    // Only files have content; what others say of a size is no length of data.
    let isFile = item.type == UInt8(ascii: "0") || item.type == 0 || item.type == UInt8(ascii: "7")
    guard isFile else {
      item.size = 0
      return item
    }
    guard item.size >= 0, item.size <= Int64(bytes.count - position) else { throw damaged("ends in a file") }
    item.offset = Int64(position)
    position += (Int(item.size) + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    return item
  }

  /// The data of a header about the next one.
  private mutating func special(_ size: Int64) throws(Diagnostic) -> UnsafeRawBufferPointer {
    let start = position + Self.blockSize
    guard (0...Int64(Self.headerLimit)).contains(size), start + Int(size) <= bytes.count else {
      throw damaged("has an extended header that is too long")
    }
    position = start + (Int(size) + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(size)])
  }

  private func item(_ header: UnsafeRawBufferPointer) throws(Diagnostic) -> TarItem {
    var item = TarItem()
    item.type = header[156]
    item.path = text(header, 0, 100)
    // GNU's own format has other fields where ustar has the prefix.
    if header[257..<263].elementsEqual("ustar\0".utf8) {
      let prefix = text(header, 345, 155)
      if !prefix.isEmpty { item.path = prefix + [UInt8(ascii: "/")] + item.path }
    }
    item.target = text(header, 157, 100)
    item.permissions = UInt16(truncatingIfNeeded: try number(header, 100, 8) & 0o7777)
    item.owner = try small(header, 108)
    item.group = try small(header, 116)
    item.modified = try number(header, 136, 12)
    if item.type == UInt8(ascii: "3") || item.type == UInt8(ascii: "4") {
      item.major = try small(header, 329)
      item.minor = try small(header, 337)
    }
    return item
  }

  private func text(_ header: UnsafeRawBufferPointer, _ offset: Int, _ width: Int) -> [UInt8] {
    Array(header[offset..<offset + width].prefix { $0 != 0 })
  }

  private func small(_ header: UnsafeRawBufferPointer, _ offset: Int) throws(Diagnostic) -> UInt32 {
    guard let value = UInt32(exactly: try number(header, offset, 8)) else {
      throw damaged("has a number out of range")
    }
    return value
  }

  /// Octal digits, or GNU's binary form, whose first bit is set.
  private func number(
    _ header: UnsafeRawBufferPointer, _ offset: Int, _ width: Int
  ) throws(Diagnostic) -> Int64 {
    let field = header[offset..<offset + width]
    if header[offset] & 0x80 != 0 {
      // A number of two's complement, its lowest 63 bits enough for all that is meant.
      var value: Int64 = header[offset] == 0xff ? -1 : 0
      for byte in field.suffix(8) { value = value << 8 | Int64(byte) }
      return value
    }
    var value: Int64 = 0
    for byte in field.drop(while: { $0 == UInt8(ascii: " ") }) {
      if byte == 0 || byte == UInt8(ascii: " ") { break }
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { throw damaged("has a bad number") }
      value = value << 3 | Int64(byte & 7)
    }
    return value
  }

  private func checkSum(_ header: UnsafeRawBufferPointer) throws(Diagnostic) {
    var sum: Int64 = 8 * 32
    for (index, byte) in header.enumerated() where !(148..<156).contains(index) { sum += Int64(byte) }
    guard try number(header, 148, 8) == sum else { throw damaged("has a header with a wrong checksum") }
  }

  private func damaged(_ fault: String) -> Diagnostic {
    Diagnostic(.verificationFailed, "\(name) is no layer: the tar \(fault), at byte \(position)")
  }
}
