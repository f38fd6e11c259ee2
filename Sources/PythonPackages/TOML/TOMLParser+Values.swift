import Essentials

/// Values: arrays, inline tables, numbers, dates.
extension TOMLParser {
  mutating func value(depth: Int) throws(Diagnostic) -> TOMLDocument.Node {
    guard depth < TOMLDocument.depthLimit else {
      throw refusal("values are nested at most \(TOMLDocument.depthLimit) deep", at: position)
    }
    let start = position
    switch peek() {
    case UInt8(ascii: "\"")?, UInt8(ascii: "'")?:
      let node = add(.boolean(false), origin: nil)
      nodes[node].value = .string(String(decoding: try string(), as: UTF8.self))
      return node
    case UInt8(ascii: "[")?: return try array(depth: depth)
    case UInt8(ascii: "{")?: return try inlineTable(depth: depth)
    default:
      if take("true") { return add(.boolean(true), at: start) }
      if take("false") { return add(.boolean(false), at: start) }
      if let end = TOMLDate.end(bytes, from: start) {
        position = end
        return add(.date(String(decoding: bytes[start..<end], as: UTF8.self)), at: start)
      }
      return add(try number(), at: start)
    }
  }

  private mutating func array(depth: Int) throws(Diagnostic) -> TOMLDocument.Node {
    let node = add(.boolean(false), origin: .value)
    position += 1
    var elements: [TOMLDocument.Node] = []
    while true {
      try skipLines()
      if take("]") { break }
      elements.append(try value(depth: depth + 1))
      try skipLines()
      if take("]") { break }
      guard take(",") else { throw expected("',' or ']'") }
    }
    nodes[node].value = .array(elements)
    return node
  }

  private mutating func inlineTable(depth: Int) throws(Diagnostic) -> TOMLDocument.Node {
    let node = add(.table([:]), origin: .value)
    position += 1
    sections += 1
    let section = sections
    skipBlanks()
    if take("}") { return node }
    while true {
      try pair(in: node, section: section, depth: depth + 1)
      skipBlanks()
      if take("}") { return node }
      guard take(",") else { throw expected("',' or '}'") }
      skipBlanks()
    }
  }

  // MARK: Numbers

  private mutating func number() throws(Diagnostic) -> TOMLDocument.Value {
    let start = position
    if take("0x") { return try whole(radix: 16, start: start) }
    if take("0o") { return try whole(radix: 8, start: start) }
    if take("0b") { return try whole(radix: 2, start: start) }
    let isNegative = peek() == UInt8(ascii: "-")
    if isNegative || peek() == UInt8(ascii: "+") { position += 1 }
    if take("inf") { return .float(isNegative ? -.infinity : .infinity) }
    if take("nan") { return .float(.nan) }
    var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
    guard let first = peek(), TextScanner.isDigit(first) else { throw expected("a value", at: start) }
    if first == UInt8(ascii: "0") {
      text.append(first)
      position += 1
    } else {
      digits(into: &text, radix: 10)
    }
    var isWhole = true
    if peek() == UInt8(ascii: "."), let next = peek(1), TextScanner.isDigit(next) {
      isWhole = false
      text.append(UInt8(ascii: "."))
      position += 1
      digits(into: &text, radix: 10)
    }
    if let letter = peek(), TextScanner.lowered(letter) == UInt8(ascii: "e") {
      let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if let next = peek(signed ? 2 : 1), TextScanner.isDigit(next) {
        isWhole = false
        text.append(contentsOf: bytes[position..<(position + (signed ? 2 : 1))])
        position += signed ? 2 : 1
        digits(into: &text, radix: 10)
      }
    }
    let string = String(decoding: text, as: UTF8.self)
    if isWhole {
      guard let number = Int64(string) else { throw refusal("a number doesn't fit in 64 bits", at: start) }
      return .integer(number)
    }
    guard let number = Double(string) else { throw expected("a number", at: start) }
    return .float(number)
  }

  private mutating func whole(radix: Int, start: Int) throws(Diagnostic) -> TOMLDocument.Value {
    var text: [UInt8] = []
    digits(into: &text, radix: radix)
    guard !text.isEmpty else { throw expected("a value", at: start) }
    guard let number = Int64(String(decoding: text, as: UTF8.self), radix: radix) else {
      throw refusal("a number doesn't fit in 64 bits", at: start)
    }
    return .integer(number)
  }

  /// Takes digits, between any two of which one `_` may stand.
  private mutating func digits(into text: inout [UInt8], radix: Int) {
    func isDigit(_ byte: UInt8?) -> Bool {
      byte.flatMap(Self.hexadecimal).map { Int($0) < radix } ?? false
    }
    while let byte = peek() {
      if isDigit(byte) {
        text.append(byte)
        position += 1
      } else if byte == UInt8(ascii: "_"), !text.isEmpty, isDigit(peek(1)),
        position > 0, isDigit(bytes[position - 1])
      {
        position += 1
      } else {
        return
      }
    }
  }
}
