/// A version of a Python project.
///
/// Source: the PyPA specification "Version specifiers" (PEP 440), in the reading of `packaging.version`.
/// A component that doesn't fit in 64 bits makes a text no version; in a local label it's kept, whatever its length.
package struct PythonVersion: Sendable {
  /// The kinds of pre-release, in their order.
  package enum PreRelease: UInt8, Sendable, Comparable {
    case alpha, beta, candidate

    var letters: String {
      switch self {
      case .alpha: "a"
      case .beta: "b"
      case .candidate: "rc"
      }
    }

    package static func < (a: PreRelease, b: PreRelease) -> Bool { a.rawValue < b.rawValue }
  }

  /// A pre-release's kind and number: `rc1`.
  package struct Pre: Sendable, Hashable {
    package var kind: PreRelease
    package var number: UInt64
  }

  /// A part of a local version label.
  enum LocalPart: Sendable, Hashable {
    /// Decimal digits without leading zeros: a number of any length.
    case number(String)
    case text(String)
  }

  package var epoch: UInt64 = 0
  /// The numbers as they were written, trailing zeros included; at least one.
  package var release: [UInt64]
  package var pre: Pre?
  package var post: UInt64?
  package var dev: UInt64?
  var local: [LocalPart] = []

  init(
    epoch: UInt64 = 0, release: [UInt64], pre: Pre? = nil, post: UInt64? = nil, dev: UInt64? = nil
  ) {
    self.epoch = epoch
    self.release = release
    self.pre = pre
    self.post = post
    self.dev = dev
  }

  /// Whether it's a pre-release or a development release.
  package var isPreRelease: Bool { pre != nil || dev != nil }

  package var isLocal: Bool { !local.isEmpty }

  package var major: UInt64 { release[0] }
  package var minor: UInt64 { release.count > 1 ? release[1] : 0 }

  /// How many components of the release count: trailing zeros don't.
  var significant: Int {
    var count = release.count
    while count > 1, release[count - 1] == 0 { count -= 1 }
    return count
  }
}

extension PythonVersion: CustomStringConvertible {
  /// The normalised text, as `str()` of `packaging`'s.
  package var description: String {
    var text = epoch == 0 ? "" : "\(epoch)!"
    text += release.map { String($0) }.joined(separator: ".")
    if let pre { text += "\(pre.kind.letters)\(pre.number)" }
    if let post { text += ".post\(post)" }
    if let dev { text += ".dev\(dev)" }
    if isLocal {
      let parts = local.map { part in
        switch part {
        case .number(let digits): digits
        case .text(let text): text
        }
      }
      text += "+" + parts.joined(separator: ".")
    }
    return text
  }
}
