import Essentials
import Lockfiles

/// A package or wheel of an image, as a bill of materials names it.
struct Component: Equatable {
  enum Kind: String {
    case package = "deb"
    case wheel = "pypi"
  }

  let kind: Kind
  let name: String
  let version: String
  /// A package's, as Debian writes it.
  var architecture: String?
  /// The pinned file; nil for what the tree has and the lockfile doesn't pin.
  var file: String?
  var digest: Digest?
  /// The Release file's Origin: who made it.
  var origin: String?
  var suite: String?
  /// The names, of its own kind, of what it can't do without.
  var dependencies: [String] = []

  /// Its package URL.
  ///
  /// Source: the purl specification, types `deb` and `pypi`.
  var url: String {
    guard kind == .package else { return "pkg:pypi/\(Self.escaped(name))@\(Self.escaped(version))" }
    let vendor = origin.map { Self.escaped($0.lowercased()) + "/" } ?? ""
    var qualifiers = architecture.map { ["arch=\(Self.escaped($0))"] } ?? []
    // Of an archive of the recipe's own, what stands before the slash is no distribution's.
    if let suite, !suite.contains("/") {
      qualifiers.append("distro=\(Self.escaped(String(suite.prefix { $0 != "-" })))")
    }
    let tail = qualifiers.isEmpty ? "" : "?" + qualifiers.joined(separator: "&")
    return "pkg:deb/\(vendor)\(Self.escaped(name))@\(Self.escaped(version))\(tail)"
  }

  /// A name of letters, digits, dots and hyphens, of its own among all components. Names of packages and wheels have no
  /// capital letters.
  var identifier: String {
    [kind.rawValue, name.replacing("+", with: "PLUS"), architecture].compactMap { $0 }.joined(separator: "-")
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        String(UnicodeScalar(byte))
      default:
        ".-_~:".utf8.contains(byte)
          ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.text([byte]).uppercased()
      }
    }.joined()
  }
}

extension Lockfile {
  /// What it pins, packages first, in its order.
  /// - Parameter withInitrd: whether what only the initrd is made of is among it.
  func components(withInitrd: Bool) -> [Component] {
    var needed: [Component.Kind: [String: Set<String>]] = [:]
    func note(_ kind: Component.Kind, _ name: String, _ reasons: [Reason]) {
      for case .dependency(let how, let user, _) in reasons
      where how == .depends || how == .preDepends || how == .requires {
        needed[kind, default: [:]][user, default: []].insert(name)
      }
    }
    let pins = debian.packages + (withInitrd ? debian.initrd : [])
    for pin in pins { note(.package, pin.name, pin.because) }
    for pin in python?.packages ?? [] { note(.wheel, pin.name, pin.because) }
    let origins = Dictionary(
      debian.suites.map { ($0.suite, $0.origin) }, uniquingKeysWith: { first, _ in first })
    var found: [Component] = []
    for pin in pins {
      found.append(
        Component(
          kind: .package, name: pin.name, version: pin.version, architecture: pin.architecture,
          file: pin.path.split(separator: "/").last.map(String.init), digest: pin.digest,
          origin: origins[pin.suite].flatMap { $0.isEmpty ? nil : $0 }, suite: pin.suite,
          dependencies: (needed[.package]?[pin.name] ?? []).sorted()))
    }
    for pin in python?.packages ?? [] {
      found.append(
        Component(
          kind: .wheel, name: pin.name, version: pin.version, file: pin.file, digest: pin.digest,
          dependencies: (needed[.wheel]?[pin.name] ?? []).sorted()))
    }
    return found
  }
}
