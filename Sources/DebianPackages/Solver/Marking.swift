import Essentials

/// Decides package by package as apt-get does on a machine where nothing is installed.
///
/// The behaviour is that of apt 2.6 (`pkgDepCache::MarkInstall`), so that a lock has what apt would have
/// installed. It is greedy: what it marks may stay broken, which is for ``Resolution`` to mend or for
/// ``Search`` to solve.
struct Marking {
  enum Mode { case keep, install }

  /// What's known of one name.
  struct State {
    var mode = Mode.keep
    /// The entry that is to be installed, or -1.
    var installed: PackageEntry.ID = -1
    /// Set by a request, or while its own dependencies are being decided: its mode is not to change.
    var isProtected = false
    /// Here only for the sake of others.
    var isAutomatic = false
    /// When its candidate was given up.
    var discarded = Int.max
    /// When those that depend on it last took notice.
    var noticed = 0
  }

  let index: PackageIndex
  /// Whether an entry's Recommends are followed.
  var followsRecommends: (PackageEntry.ID) -> Bool
  /// Names that earlier locks chose, which go first among equals.
  var preferred: Set<NameTable.ID> = []
  var candidates: Candidates
  private(set) var states: [State]
  private var clauseCache: [PackageEntry.ID: [Clause]] = [:]
  // Counts the changes, to tell what the dependents of a package know of it.
  private var time = 1
  var fault: Diagnostic?

  init(_ index: PackageIndex, candidates: Candidates, followsRecommends: @escaping (PackageEntry.ID) -> Bool)
  {
    self.index = index
    self.candidates = candidates
    self.followsRecommends = followsRecommends
    states = Array(repeating: State(), count: index.names.count)
  }

  func name(of entry: PackageEntry.ID) -> NameTable.ID { index.entries[Int(entry)].name }

  /// What `entry` asks for. A malformed field ends the work: see ``fault``.
  mutating func clauses(_ entry: PackageEntry.ID) -> [Clause] {
    if let known = clauseCache[entry] { return known }
    var clauses: [Clause] = []
    do { clauses = try index.clauses(entry) } catch { fault = fault ?? error }
    clauseCache[entry] = clauses
    return clauses
  }

  /// The entry of `name` that may be installed, or -1.
  mutating func candidate(_ name: NameTable.ID) -> PackageEntry.ID {
    states[Int(name)].discarded == .max ? candidates.entry(name) : -1
  }

  func isImportant(_ clause: Clause, of entry: PackageEntry.ID) -> Bool {
    switch clause.kind {
    case .recommends: followsRecommends(entry)
    case .suggests: false
    default: true
    }
  }
}

// What holds now.
extension Marking {
  /// Whether what is installed satisfies `dependency`, or, where it's negative, is hit by it.
  func isMet(_ dependency: Dependency, by owner: PackageEntry.ID, isNegative: Bool) -> Bool {
    var isMet = false
    let own = isNegative ? name(of: owner) : -1
    index.forEachTarget(of: dependency) { entry in
      let name = name(of: entry)
      // A package never conflicts with itself or with what it provides.
      if isNegative, name == own { return true }
      isMet = states[Int(name)].installed == entry
      return !isMet
    }
    return isMet
  }

  /// Whether `clause` of `owner` holds.
  func holds(_ clause: Clause, of owner: PackageEntry.ID) -> Bool {
    let isNegative = clause.kind.isNegative
    let isAnyMet = clause.alternatives.contains { isMet($0, by: owner, isNegative: isNegative) }
    return isAnyMet != isNegative
  }

  /// Whether what `name` is installed as lacks something it needs or is meant to have.
  mutating func isBroken(_ name: NameTable.ID, countingRecommends: Bool) -> Bool {
    let entry = states[Int(name)].installed
    guard entry >= 0 else { return false }
    for clause in clauses(entry) {
      guard countingRecommends ? isImportant(clause, of: entry) : clause.kind.isCritical else { continue }
      if !holds(clause, of: entry) { return true }
    }
    return false
  }

  /// The names that are to be installed, in the order of names.
  var installedNames: [NameTable.ID] {
    states.indices.lazy.filter { self.states[$0].installed >= 0 }.map { NameTable.ID($0) }
  }

  /// What is to be installed, in the order of names.
  var installedEntries: [PackageEntry.ID] { states.lazy.map(\.installed).filter { $0 >= 0 } }

  /// Whether a candidate could meet `dependency`, as far as its owner has taken notice.
  mutating func mayBeMet(_ dependency: Dependency) -> Bool {
    guard dependency.target >= 0 else { return false }
    var targets: [PackageEntry.ID] = []
    index.forEachTarget(of: dependency) { entry in
      targets.append(entry)
      return true
    }
    let noticed = states[Int(dependency.target)].noticed
    return targets.contains { entry in
      let name = name(of: entry)
      return states[Int(name)].discarded > noticed && candidates.entry(name) == entry
    }
  }
}

// The changes, each of which tells the dependents.
extension Marking {
  private mutating func tellDependents(of name: NameTable.ID) {
    time += 1
    states[Int(name)].noticed = time
    let entry = candidate(name)
    guard entry >= 0 else { return }
    for provided in providedNames(entry) { states[Int(provided)].noticed = time }
  }

  private func providedNames(_ entry: PackageEntry.ID) -> [NameTable.ID] {
    guard let value = index.fields(entry)[.provides] else { return [] }
    var names: [NameTable.ID] = []
    var scanner = RelationScanner(value)
    while let scanned = try? scanner.next() {
      let id = index.target(scanned.name, qualifier: nil)
      if id >= 0 { names.append(id) }
    }
    return names
  }

  mutating func setInstalled(_ name: NameTable.ID, _ entry: PackageEntry.ID, isAutomatic: Bool) {
    states[Int(name)].mode = .install
    states[Int(name)].installed = entry
    states[Int(name)].isAutomatic = isAutomatic
    tellDependents(of: name)
  }

  mutating func setKept(_ name: NameTable.ID) {
    states[Int(name)].mode = .keep
    states[Int(name)].installed = -1
    tellDependents(of: name)
  }

  mutating func discardCandidate(_ name: NameTable.ID) {
    time += 1
    states[Int(name)].discarded = min(states[Int(name)].discarded, time)
  }

  /// The candidate can't be had: nothing of `name` is to be installed.
  mutating func rejectCandidate(_ name: NameTable.ID) {
    discardCandidate(name)
    states[Int(name)].mode = .keep
  }

  mutating func setProtected(_ name: NameTable.ID, _ isProtected: Bool) {
    states[Int(name)].isProtected = isProtected
  }

  /// Makes another entry of its name the one to install.
  mutating func setCandidate(_ entry: PackageEntry.ID) {
    candidates.choose(entry)
    states[Int(name(of: entry))].discarded = .max
    tellDependents(of: name(of: entry))
  }
}
