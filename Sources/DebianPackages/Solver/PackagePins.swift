package import Essentials

/// What a recipe says of the priorities of package versions, in place of what the archives say of themselves.
package struct PackagePins: Sendable, Hashable {
  /// apt_preferences(5): one `Package`/`Pin`/`Pin-Priority` paragraph.
  package struct Rule: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
      /// A pattern for the version's text, where `*` stands for anything.
      case version(String)
      /// `release a=stable, n=bookworm, v=12*, c=main, o=Debian, l=Debian`: the letters and the patterns.
      case release([Character: String])
    }

    /// Patterns, of which one must match the package's name; `*` alone makes the rule a general one.
    package var packages: [String]
    package var target: Target
    package var priority: Int

    package init(packages: [String], target: Target, priority: Int) {
      self.packages = packages
      self.target = target
      self.priority = priority
    }

    var isGeneral: Bool { packages == ["*"] }
  }

  package var rules: [Rule]

  package init(rules: [Rule] = []) { self.rules = rules }

  /// The priority of a version; 0 or less keeps it from being installed.
  /// - Parameter entries: all that have this version of the package, each from an archive of its own; not empty.
  func priority(of entries: [PackageEntry.ID], in index: PackageIndex) -> Int {
    let archives = entries.map { index.archive($0) }
    // The first rule that names the package counts for the version, whichever of its archives it means.
    let specific = rules.filter { !$0.isGeneral }
    if !specific.isEmpty, let entry = entries.first {
      let name = index.names[index.entries[Int(entry)].name]
      let version = index.versionText(entry).text
      for rule in specific where rule.packages.contains(where: { Self.matches(name, $0) }) {
        switch rule.target {
        case .version(let pattern): if Self.matches(version, pattern) { return rule.priority }
        case .release(let parts):
          if archives.contains(where: { Self.covers(parts, $0) }) { return rule.priority }
        }
      }
    }
    // Else that of the best of its archives, each by the first rule that means the whole archive.
    return archives.map { archive in
      rules.first { rule in
        if rule.isGeneral, case .release(let parts) = rule.target {
          Self.covers(parts, archive)
        } else {
          false
        }
      }?.priority ?? archive.defaultPriority
    }.max() ?? 0
  }

  private static func covers(_ parts: [Character: String], _ archive: PackageArchive) -> Bool {
    parts.allSatisfy { letter, pattern in
      switch letter {
      case "a": matches(archive.suite, pattern)
      case "n": matches(archive.codename, pattern)
      case "v": matches(archive.version, pattern)
      case "c": matches(archive.component, pattern)
      case "o": matches(archive.origin, pattern)
      case "l": matches(archive.label, pattern)
      default: false
      }
    }
  }

  /// Whether `text` matches `pattern`, in which `*` stands for any text and `?` for one byte.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let text = Array(text.utf8)
    let pattern = Array(pattern.utf8)
    var t = 0
    var p = 0
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
        p += 1
        t += 1
      } else if let last = star {
        p = last.pattern + 1
        t = last.text + 1
        star = (last.pattern, t)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

extension PackagePins.Rule.Target: CustomStringConvertible {
  /// What a `Pin` field says: `version 1.2*`, or `release a=stable-backports, o=Debian`.
  /// - Throws: where it's neither; pins by host have no place in a recipe, which names none.
  package init(parsing text: String) throws(Diagnostic) {
    let words = text.split(separator: " ", maxSplits: 1).map { $0.utf8.trimmed() }
    guard words.count == 2 else { throw Self.refusal(text) }
    let rest = String(words[1]) ?? ""
    switch String(words[0]) {
    case "version" where !rest.contains(" "): self = .version(rest)
    case "release":
      var parts: [Character: String] = [:]
      for part in rest.split(separator: ",") {
        let pair = (String(part.utf8.trimmed()) ?? "").split(separator: "=", maxSplits: 1)
        guard pair.count == 2, let letter = pair[0].first, pair[0].count == 1, "anvcol".contains(letter),
          parts.updateValue(String(pair[1]), forKey: letter) == nil
        else { throw Self.refusal(text) }
      }
      guard !parts.isEmpty else { throw Self.refusal(text) }
      self = .release(parts)
    default: throw Self.refusal(text)
    }
  }

  private static func refusal(_ text: String) -> Diagnostic {
    Diagnostic(
      .usage, "'\(text)' is no pin",
      hints: [
        "write 'version 1.2*', or 'release' with some of a=, n=, v=, c=, o= and l=, as in apt_preferences(5)"
      ])
  }

  package var description: String {
    switch self {
    case .version(let pattern): "version \(pattern)"
    case .release(let parts):
      "release " + parts.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", ")
    }
  }
}
