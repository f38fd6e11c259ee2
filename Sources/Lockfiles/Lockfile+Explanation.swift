package import Essentials

extension Lockfile {
  /// Why one artifact is pinned: who asks for it, and how that leads back to the recipe.
  package struct Explanation: Sendable, Equatable {
    /// An artifact on the way from the recipe to the one that is explained.
    package struct Step: Sendable, Equatable {
      package let name: String
      package let version: String
      /// Why it's pinned; a dependency of the step before it, but for the first.
      package let reason: Reason
    }

    package let name: String
    package let version: String
    /// The .deb's suite; nil for a wheel.
    package let suite: String?
    /// In bytes.
    package let size: Int64
    /// All who ask for it.
    package let because: [Reason]
    /// A shortest way from what the recipe or the base asks for to it.
    package let chain: [Step]
  }

  /// Explains the package, the wheel or both that are called `name`. From the lockfile alone.
  /// - Throws: where nothing of the name is pinned, with the nearest names.
  package func explanations(of name: String) throws(Diagnostic) -> [Explanation] {
    let packages = debian.all.map {
      Pin(name: $0.name, version: $0.version, suite: $0.suite, size: $0.size, because: $0.because)
    }
    let wheels = (python?.packages ?? []).map {
      Pin(name: $0.name, version: $0.version, suite: nil, size: $0.size, because: $0.because)
    }
    // What a wheel is built with leads to that wheel, and from there to the recipe.
    let builds = (python?.sources ?? []).map { source in
      source.requires.map {
        Pin(name: $0.name, version: $0.version, suite: nil, size: $0.size, because: $0.because)
      }
    }
    let found = ([packages, wheels].map { ($0, $0) } + builds.map { ($0, $0 + wheels) }).compactMap {
      own, pins in
      own.first { $0.name == name }.map { pin in
        Explanation(
          name: pin.name, version: pin.version, suite: pin.suite, size: pin.size, because: pin.because,
          chain: Self.chain(to: pin, among: pins))
      }
    }
    guard found.isEmpty else { return found }
    let names = (packages + wheels + builds.joined()).map(\.name)
    throw Diagnostic(
      .usage, "the lockfile pins no package and no wheel '\(name)'",
      hints: [NearestName.hint(for: name, among: names)].compactMap(\.self))
  }

  private struct Pin {
    let name: String
    let version: String
    let suite: String?
    let size: Int64
    let because: [Reason]
  }

  /// Searches breadth first from `pin` up to what nothing else asks for.
  private static func chain(to pin: Pin, among pins: [Pin]) -> [Explanation.Step] {
    let byName = Dictionary(pins.map { ($0.name, $0) }) { first, _ in first }
    var next: [String: (name: String, reason: Reason)] = [:]
    var queue = [pin]
    var index = 0
    while index < queue.count {
      let here = queue[index]
      index += 1
      if let reason = here.because.first(where: { $0.asker == nil }) {
        var steps = [Explanation.Step(name: here.name, version: here.version, reason: reason)]
        var name = here.name
        while let (below, reason) = next[name], let pin = byName[below] {
          steps.append(Explanation.Step(name: below, version: pin.version, reason: reason))
          name = below
        }
        return steps
      }
      for reason in here.because {
        guard let asker = reason.asker, asker != pin.name, next[asker] == nil, let above = byName[asker]
        else {
          continue
        }
        next[asker] = (here.name, reason)
        queue.append(above)
      }
    }
    // Edited by hand, or by another program: who asks isn't there.
    return []
  }
}

extension Lockfile.Reason {
  /// The pinned name that asks; nil where it's the recipe, or Debian's own idea of a base.
  var asker: String? {
    guard case .dependency(_, let name, _) = self else { return nil }
    return String(name.prefix { $0 != "[" })
  }

  /// What `name` owes its place to, as a sentence.
  package func sentence(about name: String) -> String {
    switch self {
    case .requested: "the recipe asks for \(name)"
    case .essential: "\(name) is Essential: every Debian system has it"
    case .base: "\(name) is part of the base's variant"
    case .initrd: "the initrd is made of \(name)"
    case .dependency(let kind, let asker, let relation):
      "\(asker) \(kind.verb) \(relation ?? name)"
        + (relation == nil || relation?.hasPrefix(name) == true ? "" : ", which \(name) is")
    }
  }
}

extension Lockfile.Reason.Kind {
  fileprivate var verb: String {
    switch self {
    case .preDepends: "pre-depends on"
    case .depends: "depends on"
    case .recommends: "recommends"
    case .suggests: "suggests"
    case .requires: "requires"
    case .builds: "is built with"
    }
  }
}
