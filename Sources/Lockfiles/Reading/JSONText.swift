import Essentials

/// Strict JSON, of which only the kinds that a lockfile has: objects, lists, strings and whole numbers.
///
/// Every value knows the byte it begins at. Source: RFC 8259.
struct JSONText {
  enum Content {
    case object([(key: String, value: Value)])
    case list([Value])
    case string(String)
    case number(Int64)
  }

  struct Value {
    var content: Content
    var offset: Int
  }

  struct Fault: Error {
    var message: String
    var offset: Int
  }

  /// A lockfile nests four levels deep.
  private static let deepest = 8

  private let bytes: [UInt8]
  private var index = 0

  /// The one value that `bytes` spell.
  static func read(_ bytes: [UInt8]) throws(Fault) -> Value {
    var text = JSONText(bytes: bytes)
    let value = try text.value(depth: 0)
    text.skipBlanks()
    guard text.index == bytes.count else { throw text.fault("something follows the end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ message: String) -> Fault { Fault(message: message, offset: index) }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { index += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: byte) else { return false }
    index += 1
    return true
  }

  private mutating func value(depth: Int) throws(Fault) -> Value {
    guard depth < Self.deepest else { throw fault("nested too deeply") }
    skipBlanks()
    let offset = index
    switch next {
    case UInt8(ascii: "{"): return Value(content: .object(try object(depth: depth)), offset: offset)
    case UInt8(ascii: "["): return Value(content: .list(try list(depth: depth)), offset: offset)
    case UInt8(ascii: "\""): return Value(content: .string(try string()), offset: offset)
    case .some(let byte) where (48...57).contains(byte):
      return Value(content: .number(try number()), offset: offset)
    case .none: throw fault("the text ends where a value is expected")
    case .some: throw fault("expected an object, a list, a string or a whole number")
    }
  }

  private mutating func object(depth: Int) throws(Fault) -> [(key: String, value: Value)] {
    index += 1
    var pairs: [(key: String, value: Value)] = []
    var keys: Set<String> = []
    if take("}") { return pairs }
    repeat {
      skipBlanks()
      let offset = index
      guard next == UInt8(ascii: "\"") else { throw fault("expected a key in double quotes") }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw Fault(message: "the key '\(key.printable)' stands here a second time", offset: offset)
      }
      guard take(":") else { throw fault("expected ':' behind the key") }
      pairs.append((key, try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw fault("expected ',' or '}'") }
    return pairs
  }

  private mutating func list(depth: Int) throws(Fault) -> [Value] {
    index += 1
    var values: [Value] = []
    if take("]") { return values }
    repeat { values.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw fault("expected ',' or ']'") }
    return values
  }

  private mutating func number() throws(Fault) -> Int64 {
    let start = index
    while let byte = next, (48...57).contains(byte) { index += 1 }
    guard let number = Int64(String(decoding: bytes[start..<index], as: UTF8.self)) else {
      index = start
      throw fault("the number is too large")
    }
    return number
  }

  private mutating func string() throws(Fault) -> String {
    let start = index
    index += 1
    var text: [UInt8] = []
    while true {
      guard let byte = next, byte >= 32 else { throw fault("the string isn't closed") }
      index += 1
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") { text += try escape() } else { text.append(byte) }
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw Fault(message: "the string isn't UTF-8", offset: start)
    }
    return string
  }

  private mutating func escape() throws(Fault) -> [UInt8] {
    guard let byte = next else { throw fault("the string isn't closed") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "u"):
      let digits = bytes[index...].prefix(4)
      guard digits.count == 4, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
        let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(code)
      else {
        // Surrogate pairs are refused with it: canonical text has what they stand for as it is.
        throw fault("the escape isn't four hexadecimal digits of a character")
      }
      index += 4
      return Array(String(Character(scalar)).utf8)
    default:
      index -= 1
      throw fault("no such escape")
    }
  }
}
