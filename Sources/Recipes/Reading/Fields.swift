import Essentials

/// A mapping whose keys are known to be those of its section.
struct Fields {
  let section: Section
  let location: Diagnostic.Location
  private let values: [String: YAMLNode]

  init(_ node: YAMLNode, of section: Section) throws(Diagnostic) {
    let label = section.name.isEmpty ? "a \(section.document)" : "'\(section.name)'"
    guard case .mapping(let pairs) = node.content else {
      throw Diagnostic(
        .usage, "\(label) must be a mapping, not \(node.kind)", at: node.location,
        hints: ["its keys are \(Self.list(section.keys))"])
    }
    for pair in pairs where !section.keys.contains(pair.key) {
      let place = section.name.isEmpty ? "" : " in '\(section.name)'"
      throw Diagnostic(
        .usage, "unknown key '\(pair.key.printable)'\(place)", at: pair.keyLocation,
        hints: [
          NearestName.hint(for: pair.key, among: section.keys)
            ?? "the keys here are \(Self.list(section.keys))"
        ])
    }
    self.section = section
    location = node.location
    values = Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0.value) })
    for key in section.required where values[key] == nil {
      throw Diagnostic(
        .usage, "\(section.name.isEmpty ? "the \(section.document)" : label) lacks the key '\(key)'",
        at: location,
        hints: ["add '\(key)' to it"])
    }
  }

  /// What stands behind `key`, where it's there.
  subscript(key: String) -> Field? { values[key].map { Field(key: key, node: $0) } }

  /// What stands behind `key`, one of those that the section must have.
  func required(_ key: String) throws(Diagnostic) -> Field {
    guard let node = values[key] else {
      throw Diagnostic(.bug, "the key '\(key)' isn't required in '\(section.name)'", at: location)
    }
    return Field(key: key, node: node)
  }

  private static func list(_ keys: [String]) -> String { keys.map { "'\($0)'" }.joined(separator: ", ") }
}
