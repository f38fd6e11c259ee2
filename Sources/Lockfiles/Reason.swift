extension Lockfile {
  /// Why an artifact is pinned.
  ///
  /// As text: one of the words, or `KIND of NAME`, and behind a colon what that name asks for where it isn't the
  /// pinned name itself: `depends of mailutils: default-mta | mail-transport-agent`.
  package enum Reason: Sendable, Hashable, CustomStringConvertible {
    /// The recipe asks for it.
    case requested
    /// Its package is Essential.
    case essential
    /// The base's variant has it: Priority required, or apt.
    case base
    /// The initrd is made of it.
    case initrd
    /// Something else that is pinned asks for it.
    /// - Parameters:
    ///   - of: the name that asks.
    ///   - relation: what it asks for, where that says more than the pinned name.
    case dependency(Kind, of: String, relation: String? = nil)

    package enum Kind: String, Sendable, CaseIterable {
      case preDepends = "pre-depends"
      case depends
      case recommends
      /// What was chosen for a package that was given up, and stays since another suggests it, as with apt.
      case suggests
      /// Python's word.
      case requires
      /// A source distribution's build requires it.
      case builds = "build"
    }

    package init?(_ text: String) {
      switch text {
      case "requested": self = .requested
      case "essential": self = .essential
      case "base": self = .base
      case "initrd": self = .initrd
      default:
        guard
          let kind = Kind.allCases.first(where: { text.hasPrefix($0.rawValue + " of ") })
        else { return nil }
        let rest = text.dropFirst(kind.rawValue.count + " of ".count)
        guard let colon = rest.firstIndex(of: ":") else {
          guard Self.isName(rest) else { return nil }
          self = .dependency(kind, of: String(rest))
          return
        }
        let name = rest[..<colon]
        let relation = rest[rest.index(after: colon)...]
        guard Self.isName(name), relation.hasPrefix(" "), relation.count > 1 else { return nil }
        self = .dependency(kind, of: String(name), relation: String(relation.dropFirst()))
      }
    }

    package var description: String {
      switch self {
      case .requested: "requested"
      case .essential: "essential"
      case .base: "base"
      case .initrd: "initrd"
      case .dependency(let kind, let name, let relation):
        "\(kind.rawValue) of \(name)" + (relation.map { ": " + $0 } ?? "")
      }
    }

    /// Each once, in the order of their texts.
    static func sorted(_ reasons: [Reason]) -> [Reason] {
      Set(reasons).sorted { precedes($0.description, $1.description) }
    }

    private static func isName(_ text: Substring) -> Bool { !text.isEmpty && !text.contains(" ") }
  }
}
