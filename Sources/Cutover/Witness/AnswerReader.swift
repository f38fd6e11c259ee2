/// Reads one HTTP/1.1 answer, piece by piece: RFC 9112. The body is passed over.
struct AnswerReader {
  enum Outcome: Hashable {
    case more
    /// - `isReusable`: whether the connection may take another request.
    case done(isReusable: Bool)
    case garbled
  }

  private enum Phase: Hashable {
    case head
    case body(left: Int)
    case chunkSize
    case chunk(left: Int)
    case trailer
    case untilEnd
    case done
  }

  private(set) var status = 0
  /// The value of the header that was asked for.
  private(set) var value = ""
  /// Whether any byte came.
  private(set) var hasBegun = false

  private let header: [UInt8]
  private var phase = Phase.head
  private var line: [UInt8] = []
  private var lines = 0
  private var length: Int?
  private var isChunked = false
  private var closes = false
  private static let limit = 64 << 10

  /// - Parameter header: the name of the header whose value is wanted.
  init(header: String) { self.header = Array(header.lowercased().utf8) }

  /// Takes what came.
  mutating func receive(_ bytes: some Collection<UInt8>) -> Outcome {
    var rest = bytes[...]
    if !rest.isEmpty { hasBegun = true }
    while true {
      switch phase {
      case .done:
        // More than the answer: nothing that can be told apart from the next one.
        return .done(isReusable: !closes && rest.isEmpty)
      case .untilEnd: return .more
      case .body(let left), .chunk(let left):
        guard !rest.isEmpty else { return .more }
        let count = min(left, rest.count)
        rest = rest.dropFirst(count)
        if case .body = phase {
          phase = left == count ? .done : .body(left: left - count)
        } else {
          phase = left == count ? .chunkSize : .chunk(left: left - count)
        }
      case .head, .chunkSize, .trailer:
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
          line += rest
          return line.count > Self.limit ? .garbled : .more
        }
        line += rest[..<end]
        rest = rest[rest.index(after: end)...]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        lines += 1
        guard line.count <= Self.limit, lines <= 1000 || phase == .chunkSize, take() else { return .garbled }
        line.removeAll(keepingCapacity: true)
      }
    }
  }

  /// What the end of the connection makes of it.
  mutating func end() -> Outcome {
    guard phase == .untilEnd else { return phase == .done ? .done(isReusable: false) : .more }
    phase = .done
    return .done(isReusable: false)
  }

  /// Takes a line.
  private mutating func take() -> Bool {
    switch phase {
    case .head: return status == 0 ? takeStatus() : takeHeader()
    case .trailer:
      if line.isEmpty { phase = .done }
      return true
    default:
      // Empty behind a chunk's data; behind the size there may be extensions.
      if line.isEmpty { return true }
      let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
      guard digits.count <= 15, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0
      else { return false }
      phase = size == 0 ? .trailer : .chunk(left: size)
      return true
    }
  }

  private mutating func takeStatus() -> Bool {
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard line.starts(with: "HTTP/1.".utf8), words.count >= 2, words[1].count == 3,
      let number = Int(String(decoding: words[1], as: UTF8.self)), (100...999).contains(number)
    else { return false }
    status = number
    closes = words[0].last == UInt8(ascii: "0")
    return true
  }

  private mutating func takeHeader() -> Bool {
    guard !line.isEmpty else {
      if (100..<200).contains(status) {
        status = 0
      } else if status == 204 || status == 304 {
        phase = .done
      } else if isChunked {
        phase = .chunkSize
      } else if let length {
        phase = length == 0 ? .done : .body(left: length)
      } else {
        phase = .untilEnd
      }
      return true
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let name = line[..<colon].map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      let head = bytes.drop { $0 == 32 || $0 == 9 }
      return head.prefix(upTo: (head.lastIndex { $0 != 32 && $0 != 9 }).map { $0 + 1 } ?? head.startIndex)
    }
    let text = String(decoding: trimmed(line[(colon + 1)...]), as: UTF8.self)
    if name.elementsEqual("content-length".utf8) {
      guard let number = Int(text), number >= 0, length == nil || length == number else { return false }
      length = number
    } else if name.elementsEqual("transfer-encoding".utf8) {
      isChunked = text.lowercased().hasSuffix("chunked")
    } else if name.elementsEqual("connection".utf8), text.lowercased().contains("close") {
      closes = true
    }
    // One word, since it becomes part of a line.
    if name == header {
      value = String(
        text.utf8.map { (33...126).contains($0) ? Character(Unicode.Scalar($0)) : "_" }.prefix(64))
    }
    return true
  }
}
