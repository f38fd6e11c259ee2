/// One clause of a version specifier: an operator and what it's about, such as `>=5.2` or `==5.2.*`.
///
/// Source: the PyPA specification "Version specifiers" (PEP 440), in the reading of `packaging.specifiers`.
package struct VersionSpecifier: Sendable, Hashable {
  package enum Operator: String, Sendable, CaseIterable {
    case identical = "==="
    case compatible = "~="
    case equal = "=="
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
  }

  package let comparison: Operator
  /// What stands behind the operator, as it was written, without `.*`.
  package let text: String
  /// The version meant; nil for `===` with a text that is none.
  package let version: PythonVersion?
  /// Whether `.*` stood behind the version.
  package let isPrefix: Bool

  init(comparison: Operator, text: String, version: PythonVersion?, isPrefix: Bool = false) {
    self.comparison = comparison
    self.text = text
    self.version = version
    self.isPrefix = isPrefix
  }

  /// The clause that asks for exactly `version`.
  package init(exactly version: PythonVersion) {
    self.init(comparison: .equal, text: version.description, version: version)
  }

  /// Whether it names a pre-release, by which it asks for pre-releases.
  package var namesPreRelease: Bool {
    guard comparison != .unequal, !isPrefix else { return false }
    return version?.isPreRelease ?? false
  }

  /// Whether it asks for one version and no other.
  package var isPin: Bool {
    comparison == .identical || (comparison == .equal && !isPrefix)
  }

  /// Whether `candidate` fits; whether it's a pre-release plays no part.
  package func contains(_ candidate: PythonVersion) -> Bool {
    guard comparison != .identical else { return candidate.description == text.lowercased() }
    guard let version else { return false }
    switch comparison {
    case .identical: return false
    case .equal: return isPrefix ? hasPrefix(candidate, version) : isEqual(candidate, version)
    case .unequal: return isPrefix ? !hasPrefix(candidate, version) : !isEqual(candidate, version)
    case .atLeast: return candidate >= version
    case .atMost: return candidate.compare(version, ignoringLocals: true) <= 0
    case .compatible:
      return candidate >= version
        && candidate < Self.next(epoch: version.epoch, prefix: version.release.dropLast())
    case .below: return isBelow(candidate, version)
    case .above: return isAbove(candidate, version)
    }
  }

  /// A clause without a local label takes every local version of what it names.
  private func isEqual(_ candidate: PythonVersion, _ version: PythonVersion) -> Bool {
    candidate.compare(version, ignoringLocals: !version.isLocal) == 0
  }

  private func hasPrefix(_ candidate: PythonVersion, _ version: PythonVersion) -> Bool {
    guard candidate.epoch == version.epoch else { return false }
    for (index, number) in version.release.enumerated() {
      guard (index < candidate.release.count ? candidate.release[index] : 0) == number else { return false }
    }
    return true
  }

  /// Below a final release means below its pre-releases as well.
  private func isBelow(_ candidate: PythonVersion, _ version: PythonVersion) -> Bool {
    var bound = version
    if !version.isPreRelease { bound.dev = 0 }
    return candidate < bound
  }

  /// Above a release means above its post-releases and local versions as well.
  private func isAbove(_ candidate: PythonVersion, _ version: PythonVersion) -> Bool {
    if let dev = version.dev {
      var bound = version
      bound.dev = Self.successor(dev)
      return candidate >= bound
    }
    if let post = version.post {
      var bound = version
      bound.post = Self.successor(post)
      bound.dev = 0
      return candidate >= bound
    }
    guard candidate > version else { return false }
    let isSameRelease =
      candidate.epoch == version.epoch && candidate.pre == version.pre
      && candidate.release[..<candidate.significant] == version.release[..<version.significant]
    return !(isSameRelease && (candidate.dev == nil || candidate.post != nil))
  }

  /// The lowest version whose release lies behind every one that begins with `prefix`.
  private static func next(epoch: UInt64, prefix: ArraySlice<UInt64>) -> PythonVersion {
    var release = Array(prefix)
    let last = release.removeLast()
    return PythonVersion(epoch: epoch, release: release + [successor(last)], dev: 0)
  }

  private static func successor(_ number: UInt64) -> UInt64 { number == .max ? number : number + 1 }
}

extension VersionSpecifier: CustomStringConvertible {
  package var description: String { comparison.rawValue + text + (isPrefix ? ".*" : "") }
}
