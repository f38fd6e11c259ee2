/// A statement about one node of the problem.
///
/// Source: Natalie Weizenbaum, "PubGrub: Next-Generation Version Solving", and the solver documentation of pub.
enum Term: Sendable, Equatable {
  /// The node is chosen, with one of these versions.
  case within(VersionSet)
  /// The node isn't chosen, or with none of these versions.
  case outside(VersionSet)

  var negated: Term {
    switch self {
    case .within(let set): .outside(set)
    case .outside(let set): .within(set)
    }
  }

  var isPositive: Bool {
    if case .within = self { true } else { false }
  }

  /// Whether it holds whatever is chosen.
  var isTrivial: Bool {
    if case .outside(let set) = self { set.isEmpty } else { false }
  }

  /// Whether nothing can make it true.
  var isImpossible: Bool {
    if case .within(let set) = self { set.isEmpty } else { false }
  }

  /// What holds where both hold.
  func intersection(_ other: Term) -> Term {
    switch (self, other) {
    case (.within(let a), .within(let b)): .within(a.intersection(b))
    case (.within(let a), .outside(let b)): .within(a.subtracting(b))
    case (.outside(let a), .within(let b)): .within(b.subtracting(a))
    case (.outside(let a), .outside(let b)): .outside(a.union(b))
    }
  }

  enum Relation {
    case satisfied, contradicted, inconclusive
  }

  /// What this term, being true, says about `other`.
  func relation(to other: Term) -> Relation {
    switch (self, other) {
    case (.within(let mine), .within(let set)):
      mine.isSubset(of: set) ? .satisfied : mine.isDisjoint(with: set) ? .contradicted : .inconclusive
    case (.within(let mine), .outside(let set)):
      mine.isDisjoint(with: set) ? .satisfied : mine.isSubset(of: set) ? .contradicted : .inconclusive
    case (.outside(let mine), .within(let set)):
      set.isSubset(of: mine) ? .contradicted : .inconclusive
    case (.outside(let mine), .outside(let set)):
      set.isSubset(of: mine) ? .satisfied : .inconclusive
    }
  }
}
