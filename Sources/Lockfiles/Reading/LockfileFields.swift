import Essentials

/// The keys of one object of a lockfile, all of which must be there and known.
struct LockfileFields {
  private let values: [String: JSONText.Value]
  private let offset: Int

  init(
    _ value: JSONText.Value, required: [String], optional: [String] = []
  ) throws(JSONText.Fault) {
    guard case .object(let pairs) = value.content else {
      throw JSONText.Fault(message: "expected an object", offset: value.offset)
    }
    for pair in pairs where !required.contains(pair.key) && !optional.contains(pair.key) {
      throw JSONText.Fault(message: "unknown key '\(pair.key.printable)'", offset: pair.value.offset)
    }
    values = Dictionary(pairs.map { ($0.key, $0.value) }) { first, _ in first }
    offset = value.offset
    for key in required where values[key] == nil {
      throw JSONText.Fault(message: "the key '\(key)' is missing", offset: offset)
    }
  }

  func optional(_ key: String) -> JSONText.Value? { values[key] }

  func value(_ key: String) throws(JSONText.Fault) -> JSONText.Value {
    guard let value = values[key] else {
      throw JSONText.Fault(message: "the key '\(key)' is missing", offset: offset)
    }
    return value
  }

  func list(_ key: String) throws(JSONText.Fault) -> [JSONText.Value] {
    let value = try value(key)
    guard case .list(let values) = value.content else {
      throw JSONText.Fault(message: "'\(key)' must be a list", offset: value.offset)
    }
    return values
  }

  func number(_ key: String) throws(JSONText.Fault) -> Int64 {
    let value = try value(key)
    guard case .number(let number) = value.content else {
      throw JSONText.Fault(message: "'\(key)' must be a whole number", offset: value.offset)
    }
    return number
  }

  /// Text of at most 4096 bytes without control characters.
  /// - Parameter isValid: what else it must be.
  func text(
    _ key: String, _ isValid: (String) -> Bool = { !$0.isEmpty }
  ) throws(JSONText.Fault) -> String {
    let value = try value(key)
    guard case .string(let text) = value.content else {
      throw JSONText.Fault(message: "'\(key)' must be a string", offset: value.offset)
    }
    guard isValid(text), text.utf8.count <= 4096, text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
      throw JSONText.Fault(message: "'\(key)' can't be '\(text.printable)'", offset: value.offset)
    }
    return text
  }

  /// Text that `parse` makes something of.
  func parsed<Result>(
    _ key: String, _ parse: (String) -> Result?
  ) throws(JSONText.Fault) -> Result {
    let text = try text(key)
    guard let result = parse(text) else {
      throw JSONText.Fault(message: "'\(key)' can't be '\(text.printable)'", offset: try value(key).offset)
    }
    return result
  }

  func reasons() throws(JSONText.Fault) -> [Lockfile.Reason] {
    let value = try value("because")
    var values = [value]
    if case .list(let list) = value.content { values = list }
    var reasons: [Lockfile.Reason] = []
    for value in values {
      guard case .string(let text) = value.content, text.utf8.count <= 4096,
        let reason = Lockfile.Reason(text),
        text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 })
      else { throw JSONText.Fault(message: "'because' holds what is no reason", offset: value.offset) }
      reasons.append(reason)
    }
    guard !reasons.isEmpty else { throw JSONText.Fault(message: "'because' is empty", offset: value.offset) }
    return reasons
  }
}
