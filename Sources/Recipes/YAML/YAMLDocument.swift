import Essentials

/// Reads the one document of a YAML file, without the parts of YAML that make a file mean other than it looks:
/// aliases, anchors, tags, merge keys, duplicate keys and further documents.
struct YAMLDocument {
  /// Deeper nesting than this is refused; a recipe needs five levels.
  static let deepest = 16

  private let events: YAMLEvents

  /// The value that `bytes` spell.
  /// - Parameters:
  ///   - file: how errors name the file.
  ///   - name: how they name what it holds.
  ///   - hint: what to do where it holds nothing.
  static func read(
    _ bytes: [UInt8], file: String, as name: String, whereEmpty hint: String
  ) throws(Diagnostic) -> YAMLNode {
    let document = YAMLDocument(events: try YAMLEvents(bytes, file: file, as: name))
    let first = try document.events.next()
    guard case .documentStart = first.event else {
      throw Diagnostic(
        .usage, "the \(name) is empty", at: Diagnostic.Location(file: file, line: 1, column: 1),
        hints: [hint])
    }
    let node = try document.node(try document.events.next(), depth: 0)
    let rest = try document.events.next()
    guard case .end = rest.event else {
      throw Diagnostic(
        .usage, "a \(name) is a single YAML document, and here a second one begins", at: rest.location,
        hints: ["remove the '---', or keep each \(name) in a file of its own"])
    }
    return node
  }

  private func node(
    _ start: (event: YAMLEvents.Event, location: Diagnostic.Location), depth: Int
  ) throws(Diagnostic) -> YAMLNode {
    guard depth <= Self.deepest else {
      throw Diagnostic(.usage, "nested more than \(Self.deepest) levels deep", at: start.location)
    }
    switch start.event {
    case .scalar(let text, let isPlain):
      return YAMLNode(content: .scalar(text, isPlain: isPlain), location: start.location)
    case .listStart:
      var elements: [YAMLNode] = []
      while true {
        let next = try events.next()
        if case .listEnd = next.event {
          return YAMLNode(content: .list(elements), location: start.location)
        }
        elements.append(try node(next, depth: depth + 1))
      }
    case .mappingStart:
      return YAMLNode(content: .mapping(try pairs(depth: depth)), location: start.location)
    case .documentStart, .listEnd, .mappingEnd, .end:
      throw Diagnostic(.usage, "not valid YAML: a value is missing", at: start.location)
    }
  }

  private func pairs(depth: Int) throws(Diagnostic) -> [YAMLNode.Pair] {
    var pairs: [YAMLNode.Pair] = []
    var lines: [String: Int] = [:]
    while true {
      let start = try events.next()
      if case .mappingEnd = start.event { return pairs }
      guard case .scalar(let key, let isPlain) = start.event else {
        throw Diagnostic(
          .usage, "a key must be text, not \(try node(start, depth: depth).kind)", at: start.location)
      }
      if isPlain, key == "<<" {
        throw Diagnostic(
          .usage, "a \(events.document) may not use YAML merge keys", at: start.location,
          hints: ["write the keys again where they're needed"])
      }
      if let line = lines.updateValue(start.location.line ?? 0, forKey: key) {
        throw Diagnostic(
          .usage, "the key '\(key.printable)' stands here a second time", at: start.location,
          hints: ["it first stands in line \(line); remove one of them"])
      }
      let value = try node(try events.next(), depth: depth + 1)
      pairs.append(YAMLNode.Pair(key: key, keyLocation: start.location, value: value))
    }
  }
}
