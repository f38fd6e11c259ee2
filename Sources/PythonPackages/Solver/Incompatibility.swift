/// Terms that can't all hold at once, and why.
struct Incompatibility: Sendable {
  struct Part: Sendable {
    var node: Int
    var term: Term
  }

  enum Cause: Sendable {
    case fact(Fact)
    /// It follows from two others, named by their numbers.
    case derived(Int, Int)
  }

  /// One a node.
  let parts: [Part]
  let cause: Cause

  /// Joins the terms of each node and drops those that always hold.
  init(_ terms: [Part], cause: Cause) {
    var parts: [Part] = []
    for part in terms {
      if let index = parts.firstIndex(where: { $0.node == part.node }) {
        parts[index].term = parts[index].term.intersection(part.term)
      } else {
        parts.append(part)
      }
    }
    self.parts = parts.filter { !$0.term.isTrivial }
    self.cause = cause
  }

  func term(of node: Int) -> Term? { parts.first { $0.node == node }?.term }
}

/// Something the solver was told rather than derived.
enum Fact: Sendable {
  /// The request itself must be met.
  case request
  /// What the node in the first term asks for.
  case dependency(RequestedRequirement)
  /// It asks for a project that the index doesn't have.
  case missing(RequestedRequirement)
  /// It asks for versions that the project doesn't have.
  case unmatched(RequestedRequirement)
  /// An extra goes with its project's same version.
  case extra
  case constraint(RequestedRequirement)
  case unusable(Unusable)
}

/// Why a version can't be used.
package enum Unusable: Hashable, Sendable {
  /// It has no wheel, only source distributions.
  case sourceOnly
  /// None of its wheels is for the target.
  case otherTargets
  /// It's for other Pythons.
  case requiresPython(String)
  /// It was withdrawn, for the reason given.
  case yanked(String)
  /// No file that could be taken has a digest that the request allows.
  case otherHashes
  /// What it says of itself isn't readable, or can't be met here.
  case metadata(String)
}
