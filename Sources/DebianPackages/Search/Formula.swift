import Essentials

/// What was asked for as a formula over package versions: each is a variable, true where it's installed.
struct Formula {
  /// A variable, or that it's false.
  struct Literal: Equatable, Hashable {
    let code: Int32
    init(_ variable: Int, _ isTrue: Bool) { code = Int32(variable) << 1 | (isTrue ? 0 : 1) }
    private init(code: Int32) { self.code = code }
    var variable: Int { Int(code >> 1) }
    var isPositive: Bool { code & 1 == 0 }
    var negated: Literal { Literal(code: code ^ 1) }
  }

  /// Where a disjunction comes from, for the chain of reasons.
  enum Origin: Hashable {
    case request(Int)
    /// The entry asks for one of what its clause names.
    case needs(PackageEntry.ID, clause: Int)
    /// The entry's clause forbids the other entry.
    case forbids(PackageEntry.ID, clause: Int, other: PackageEntry.ID)
    /// Only one version of a package can be installed.
    case oneVersion(PackageEntry.ID, PackageEntry.ID)
    case learned
  }

  struct Disjunction {
    var literals: [Literal]
    var origin: Origin
  }

  let index: PackageIndex
  /// By variable.
  private(set) var entries: [PackageEntry.ID] = []
  private(set) var disjunctions: [Disjunction] = []
  /// By variable: the disjunctions that say what it needs, in the order in which apt considers them.
  private(set) var needs: [[Int]] = []
  /// By variable: what it would rather have, best first.
  private(set) var wishes: [[[Literal]]] = []
  /// The disjunctions of the requests.
  private(set) var requests: [Int] = []

  private var variables: [PackageEntry.ID: Int] = [:]
  private var rankedByName: [NameTable.ID: [PackageEntry.ID]] = [:]
  private var marking: Marking
  private let versions: Versions

  /// Which versions of a package count.
  enum Versions {
    /// The one that apt's policy prefers.
    case candidates
    /// All that may be installed, the others after the candidates.
    case all
  }

  /// - Parameters:
  ///   - marking: where nothing is marked; it gives candidates, order and clauses.
  ///   - wanted: for each request, the clause that stands for it.
  init(_ index: PackageIndex, _ marking: Marking, wanted: [Clause], _ versions: Versions) {
    self.index = index
    self.marking = marking
    self.versions = versions
    for (number, clause) in wanted.enumerated() {
      let literals = targets(of: clause, versions)
      requests.append(disjunctions.count)
      disjunctions.append(Disjunction(literals: literals, origin: .request(number)))
    }
    // Variables come up as they're needed by those before them.
    var next = 0
    while next < entries.count {
      expand(next)
      next += 1
    }
  }

  var fault: Diagnostic? { marking.fault }

  mutating func clauses(_ entry: PackageEntry.ID) -> [Clause] { marking.clauses(entry) }

  private mutating func variable(_ entry: PackageEntry.ID) -> Int {
    if let known = variables[entry] { return known }
    let variable = entries.count
    variables[entry] = variable
    entries.append(entry)
    needs.append([])
    wishes.append([])
    for other in ranked(marking.name(of: entry)) where other != entry {
      guard let second = variables[other] else { continue }
      disjunctions.append(
        Disjunction(
          literals: [Literal(variable, false), Literal(second, false)], origin: .oneVersion(other, entry)))
    }
    return variable
  }

  private mutating func ranked(_ name: NameTable.ID) -> [PackageEntry.ID] {
    if let known = rankedByName[name] { return known }
    var ranked = marking.candidates.ranked(name)
    let candidate = marking.candidates.entry(name)
    if candidate >= 0 {
      ranked.removeAll { $0 == candidate || index.version($0).compare(index.version(candidate)) == 0 }
      ranked.insert(candidate, at: 0)
    }
    rankedByName[name] = ranked
    return ranked
  }

  // Candidates in apt's order first; other versions after all of them.
  private mutating func targets(of clause: Clause, _ versions: Versions) -> [Literal] {
    var entries = marking.solutions(clause, of: -1)
    guard versions == .all else { return entries.map { Literal(variable($0), true) } }
    var seen = Set(entries)
    for dependency in clause.alternatives {
      var others: [PackageEntry.ID] = []
      index.forEachTarget(of: dependency) { entry in
        others.append(entry)
        return true
      }
      for entry in others.reversed() where ranked(marking.name(of: entry)).contains(entry) {
        if seen.insert(entry).inserted { entries.append(entry) }
      }
    }
    return entries.map { Literal(variable($0), true) }
  }

  private mutating func expand(_ variable: Int) {
    let entry = entries[variable]
    let own = marking.name(of: entry)
    for (number, clause) in marking.clauses(entry).enumerated() {
      if clause.kind.isNegative {
        var others: [PackageEntry.ID] = []
        index.forEachTarget(of: clause.alternatives[0]) { other in
          if marking.name(of: other) != own { others.append(other) }
          return true
        }
        forbidden.append((variable, number, others))
      } else if clause.kind.isCritical {
        let literals = [Literal(variable, false)] + targets(of: clause, versions)
        needs[variable].append(disjunctions.count)
        disjunctions.append(Disjunction(literals: literals, origin: .needs(entry, clause: number)))
      } else if marking.isImportant(clause, of: entry) {
        // What is merely recommended is no reason to leave apt's policy.
        wishes[variable].append(targets(of: clause, .candidates))
      }
    }
  }

  private var forbidden: [(variable: Int, clause: Int, others: [PackageEntry.ID])] = []

  /// Adds what conflicts and breaks say, once all variables are known: what nobody needs can't conflict.
  mutating func addConflicts() {
    for (variable, clause, others) in forbidden {
      for other in others {
        guard let second = variables[other] else { continue }
        disjunctions.append(
          Disjunction(
            literals: [Literal(variable, false), Literal(second, false)],
            origin: .forbids(entries[variable], clause: clause, other: other)))
      }
    }
    forbidden = []
  }
}
