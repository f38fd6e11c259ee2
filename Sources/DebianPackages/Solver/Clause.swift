import Essentials

/// One thing that a package version asks for, with names as numbers and versions as bytes.
struct Clause {
  enum Kind: UInt8 {
    case preDepends, depends, conflicts, breaks, recommends, suggests

    /// Whether it forbids instead of asking.
    var isNegative: Bool { self == .conflicts || self == .breaks }
    /// Whether a package is broken without it.
    var isCritical: Bool { self != .recommends && self != .suggests }
  }

  var kind: Kind
  /// In order of preference; one of them where the clause is negative.
  var alternatives: [Dependency]
}

/// A name and the versions of it that are meant. Its bytes belong to the index.
struct Dependency {
  /// -1 where nothing of that name exists.
  var target: NameTable.ID
  var comparison: Relation.Comparison?
  var version: VersionParts

  func admits(_ candidate: VersionParts) -> Bool {
    guard let comparison else { return true }
    return comparison.admits(candidate.compare(version))
  }
}

extension PackageIndex {
  /// What an entry asks for, in the order in which apt considers it.
  /// - Throws: where a field is malformed.
  func clauses(_ id: PackageEntry.ID) throws(Diagnostic) -> [Clause] {
    let fields = fields(id)
    var clauses: [Clause] = []
    let wanted: [(Field, Clause.Kind)] = [
      (.preDepends, .preDepends), (.depends, .depends), (.conflicts, .conflicts), (.breaks, .breaks),
      (.recommends, .recommends), (.suggests, .suggests),
    ]
    for (field, kind) in wanted {
      guard let value = fields[field] else { continue }
      do throws(RelationScanner.Fault) {
        try read(value, kind, into: &clauses)
      } catch {
        let entry = entries[Int(id)]
        throw Diagnostic(
          .verificationFailed,
          "the package index of \(archive(id).suite) is malformed: in \(names[entry.name]) \(versionText(id).text), \(field.name) has a fault: \(error.text)"
        )
      }
    }
    return clauses
  }

  private func read(_ value: Bytes, _ kind: Clause.Kind, into clauses: inout [Clause])
    throws(RelationScanner.Fault)
  {
    var scanner = RelationScanner(value)
    var alternatives: [Dependency] = []
    while let scanned = try scanner.next() {
      alternatives.append(
        Dependency(
          target: target(scanned.name, qualifier: scanned.qualifier), comparison: scanned.comparison,
          version: VersionParts(scanned.version)))
      if scanned.endsGroup || kind.isNegative {
        clauses.append(Clause(kind: kind, alternatives: alternatives))
        alternatives = []
      }
    }
  }

  /// The number of the name that a relation means on this architecture; -1 where nothing is called so.
  func target(_ name: Bytes, qualifier: Bytes?) -> NameTable.ID {
    guard let qualifier else { return names.find(name) ?? -1 }
    if qualifier.elementsEqual("native".utf8) || qualifier.elementsEqual(architecture.debian.utf8) {
      return names.find(name) ?? -1
    }
    // `name:any` is a name of its own, which packages that are Multi-Arch: allowed provide.
    return names.find(name.text + ":" + qualifier.text) ?? -1
  }

  /// Calls `body` with each entry that a dependency means: versions of the target itself, then providers;
  /// until it returns false.
  func forEachTarget(of dependency: Dependency, _ body: (PackageEntry.ID) -> Bool) {
    guard dependency.target >= 0 else { return }
    var entry = firstEntry[Int(dependency.target)]
    while entry >= 0 {
      if dependency.admits(version(entry)), !body(entry) { return }
      entry = entries[Int(entry)].next
    }
    forEachProvider(of: dependency, body)
  }

  /// The same of the providers alone.
  func forEachProvider(of dependency: Dependency, _ body: (PackageEntry.ID) -> Bool) {
    guard dependency.target >= 0 else { return }
    var number = firstProvision[Int(dependency.target)]
    while number >= 0 {
      let provision = provisions[Int(number)]
      number = provision.next
      if dependency.comparison != nil {
        guard !provision.version.isEmpty else { continue }
        let text = parts[Int(entries[Int(provision.owner)].text)].text
        guard dependency.admits(VersionParts(text[provision.version])) else { continue }
      }
      if !body(provision.owner) { return }
    }
  }
}
