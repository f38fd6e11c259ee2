import Essentials

/// What an extended header says of the entry that follows.
struct PaxValues {
  private var values: [(key: [UInt8], value: [UInt8])] = []

  var isEmpty: Bool { values.isEmpty }

  /// Takes in the records of a header; comments and the names' character set are passed over, since names are
  /// bytes here.
  mutating func parse(_ bytes: UnsafeRawBufferPointer, _ name: String) throws(Diagnostic) {
    let damaged = Diagnostic(
      .verificationFailed, "\(name) is no layer: the tar has a malformed extended header")
    var position = 0
    while position < bytes.count {
      guard let blank = bytes[position..<min(bytes.count, position + 10)].firstIndex(of: UInt8(ascii: " ")),
        let length = Int(String(decoding: bytes[position..<blank], as: UTF8.self)), length > 0,
        length <= bytes.count - position, blank + 1 < position + length,
        bytes[position + length - 1] == UInt8(ascii: "\n"),
        let equals = bytes[blank..<position + length].firstIndex(of: UInt8(ascii: "="))
      else { throw damaged }
      let key = Array(bytes[blank + 1..<equals])
      if !Self.ignored.contains(key) {
        values.append((key, Array(bytes[(equals + 1)..<(position + length - 1)])))
      }
      position += length
    }
  }

  private static let ignored: Set<[UInt8]> = Set(
    ["comment", "hdrcharset", "charset", "atime", "ctime", "uname", "gname", "LIBARCHIVE.creationtime"]
      .map { Array($0.utf8) })
  private static let attributePrefix = Array("SCHILY.xattr.".utf8)

  func apply(to item: inout TarItem, _ name: String) throws(Diagnostic) {
    for (key, value) in values {
      if key.starts(with: Self.attributePrefix) {
        let attribute = ExtendedAttribute(
          name: Array(key.dropFirst(Self.attributePrefix.count)), value: value)
        if ExtendedAttribute.isKept(attribute.name) {
          item.attributes.removeAll { $0.name == attribute.name }
          item.attributes.append(attribute)
        }
        continue
      }
      let text = String(decoding: value, as: UTF8.self)
      switch String(decoding: key, as: UTF8.self) {
      case "path": item.path = value
      case "linkpath": item.target = value
      case "size": item.size = try Self.number(text, name)
      case "uid": item.owner = try Self.number(text, name)
      case "gid": item.group = try Self.number(text, name)
      case "mtime": item.modified = try Self.seconds(text, name)
      case let other where other.hasPrefix("LIBARCHIVE.xattr.") || other.hasPrefix("SCHILY.acl."):
        // The same as SCHILY.xattr in another form; writers give both.
        break
      case let other:
        throw Diagnostic(
          .verificationFailed, "\(name) is no layer: its tar has records '\(other)' that aren't understood")
      }
    }
  }

  private static func number<Number: FixedWidthInteger>(_ text: String, _ name: String) throws(Diagnostic)
    -> Number
  {
    guard let number = Number(text), number >= 0 else {
      throw Diagnostic(.verificationFailed, "\(name) is no layer: its tar has the number '\(text)'")
    }
    return number
  }

  /// Whole seconds, a fraction cut off towards the past.
  private static func seconds(_ text: String, _ name: String) throws(Diagnostic) -> Int64 {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Int64($0) }), whole > .min else {
      throw Diagnostic(.verificationFailed, "\(name) is no layer: its tar has the time '\(text)'")
    }
    let hasFraction = parts.count == 2 && parts[1].contains { $0 != "0" }
    return hasFraction && text.hasPrefix("-") ? whole - 1 : whole
  }
}
