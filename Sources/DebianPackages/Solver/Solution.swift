/// The packages that satisfy what was asked for.
package struct Solution: Sendable {
  /// Why a package is there.
  package enum Reason: Sendable, Hashable {
    /// A request names it, or means it.
    case requested
    /// The variant holds all packages that are essential.
    case essential
    /// The variant holds all packages of priority required, and apt.
    case variant
    case preDepends(of: PackageName)
    case depends(of: PackageName)
    case recommends(of: PackageName)
    /// Chosen for a package that was given up, and kept since another suggests it, as apt does.
    case suggests(of: PackageName)

    /// As a lockfile writes it: `requested`, `essential`, `required by variant`, `depends of nginx`.
    package var description: String {
      switch self {
      case .requested: "requested"
      case .essential: "essential"
      case .variant: "required by variant"
      case .preDepends(let name): "pre-depends of \(name)"
      case .depends(let name): "depends of \(name)"
      case .recommends(let name): "recommends of \(name)"
      case .suggests(let name): "suggests of \(name)"
      }
    }
  }

  package struct Choice: Sendable {
    package var package: BinaryPackage
    package var because: Reason
    /// The relation that it was chosen for, where that names alternatives or is met by a provider:
    /// `default-mta | mail-transport-agent`.
    package var alternative: RelationGroup?

    package init(package: BinaryPackage, because: Reason, alternative: RelationGroup?) {
      self.package = package
      self.because = because
      self.alternative = alternative
    }
  }

  /// In alphabetical order.
  package var choices: [Choice]
  /// How the solution was found.
  package var method: Method

  package enum Method: Sendable {
    /// As apt decides, without a conflict.
    case order
    /// By search, since deciding in order ended in a conflict.
    case search
  }

  package init(choices: [Choice], method: Method) {
    self.choices = choices
    self.method = method
  }
}

extension Solution.Reason: CustomStringConvertible {}
