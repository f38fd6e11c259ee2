/// A condition on the environment, as stands behind the `;` of a requirement.
///
/// Source: the PyPA specification "Dependency specifiers" (PEP 508), in the reading of `packaging.markers`.
package indirect enum Marker: Sendable, Hashable {
  case all([Marker])
  case any([Marker])
  case comparison(Operand, Operator, Operand)

  /// What a marker may ask about.
  package enum Variable: String, Sendable, CaseIterable {
    case implementationName = "implementation_name"
    case implementationVersion = "implementation_version"
    case osName = "os_name"
    case platformMachine = "platform_machine"
    case platformRelease = "platform_release"
    case platformSystem = "platform_system"
    case platformVersion = "platform_version"
    case pythonFullVersion = "python_full_version"
    case pythonImplementation = "platform_python_implementation"
    case pythonVersion = "python_version"
    case sysPlatform = "sys_platform"
    case extra
    case extras
    case dependencyGroups = "dependency_groups"

    /// Whether its values are compared as versions where both sides are versions.
    var isVersion: Bool {
      switch self {
      case .implementationVersion, .platformRelease, .pythonFullVersion, .pythonVersion: true
      default: false
      }
    }
  }

  package enum Operand: Sendable, Hashable {
    case variable(Variable)
    case literal(String)
  }

  package enum Operator: String, Sendable, CaseIterable {
    case identical = "==="
    case equal = "=="
    case compatible = "~="
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    case within = "in"
    case notWithin = "not in"
  }
}

extension Marker: CustomStringConvertible {
  package var description: String { text(isInner: false) }

  private func text(isInner: Bool) -> String {
    switch self {
    case .all(let parts):
      return parts.map { $0.text(isInner: true) }.joined(separator: " and ")
    case .any(let parts):
      let text = parts.map { $0.text(isInner: true) }.joined(separator: " or ")
      return isInner ? "(\(text))" : text
    case .comparison(let left, let comparison, let right):
      return "\(left.text) \(comparison.rawValue) \(right.text)"
    }
  }
}

extension Marker.Operand {
  fileprivate var text: String {
    switch self {
    case .variable(let variable): variable.rawValue
    case .literal(let text): text.contains("\"") ? "'\(text)'" : "\"\(text)\""
    }
  }
}
