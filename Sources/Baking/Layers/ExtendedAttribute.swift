/// An extended attribute of a file.
package struct ExtendedAttribute: Sendable, Equatable {
  /// With its namespace: `security.capability`.
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: [UInt8]) {
    self.init(name: Array(name.utf8), value: value)
  }

  /// Whether a layer keeps attributes of this name.
  ///
  /// Kept are file capabilities, what users set, and access control lists. Labels of security modules
  /// (`security.selinux`, `security.ima`, …) come from the policy of the machine that bakes, and `trusted.*`
  /// from its file systems: neither belongs to the image.
  static func isKept(_ name: some Collection<UInt8>) -> Bool {
    kept.contains { name.elementsEqual($0) } || name.starts(with: userPrefix)
  }

  private static let kept = [
    "security.capability", "system.posix_acl_access", "system.posix_acl_default",
  ].map { Array($0.utf8) }
  private static let userPrefix = Array("user.".utf8)

  // In an arena: for each, the lengths of name and value, 2 and 4 bytes, little end first, then both.

  static func encode(_ attributes: [ExtendedAttribute]) -> [UInt8] {
    var bytes: [UInt8] = []
    for attribute in attributes.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
      bytes.append(UInt8(truncatingIfNeeded: attribute.name.count))
      bytes.append(UInt8(truncatingIfNeeded: attribute.name.count >> 8))
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: attribute.value.count >> shift)) }
      bytes.append(contentsOf: attribute.name)
      bytes.append(contentsOf: attribute.value)
    }
    return bytes
  }

  /// The attributes that `bytes` hold; what is cut short is left out.
  static func decode(_ bytes: ArraySlice<UInt8>) -> [ExtendedAttribute] {
    var attributes: [ExtendedAttribute] = []
    var rest = bytes
    while let attribute = next(&rest) { attributes.append(attribute) }
    return attributes
  }

  /// Whether `bytes` are whole attributes in strict order, with the bounds that Linux sets: names of 255
  /// bytes, values of 65,535.
  static func isWellFormed(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    var previous: [UInt8] = []
    while !rest.isEmpty {
      guard let attribute = next(&rest), (1...255).contains(attribute.name.count),
        attribute.value.count <= 65535, !attribute.name.contains(0),
        previous.lexicographicallyPrecedes(attribute.name)
      else { return false }
      previous = attribute.name
    }
    return true
  }

  private static func next(_ rest: inout ArraySlice<UInt8>) -> ExtendedAttribute? {
    guard rest.count >= 6 else { return nil }
    let head = rest.startIndex
    let nameCount = Int(rest[head]) | Int(rest[head + 1]) << 8
    let valueCount = (0..<4).reduce(0) { $0 | Int(rest[head + 2 + $1]) << (8 * $1) }
    let name = rest.dropFirst(6).prefix(nameCount)
    let value = rest.dropFirst(6 + nameCount).prefix(valueCount)
    guard name.count == nameCount, value.count == valueCount else { return nil }
    rest = rest.dropFirst(6 + nameCount + valueCount)
    return ExtendedAttribute(name: Array(name), value: Array(value))
  }
}
