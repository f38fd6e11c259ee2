/// The priorities of package versions: what the archives say of themselves, and what the machine's
/// preferences say instead.
package struct PackagePins: Sendable {
  /// apt_preferences(5): one `Package`/`Pin`/`Pin-Priority` paragraph.
  package struct Rule: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
      /// A pattern for the version's text, where `*` stands for anything.
      case version(String)
      /// `release a=stable, n=bookworm, v=12*, c=main, o=Debian, l=Debian`: the letters and the patterns.
      case release([Character: String])
      /// The host.
      case origin(String)
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
  }

  package var rules: [Rule]
  /// `APT::Default-Release`: what it names gets priority 990.
  package var defaultRelease: String?

  package init(rules: [Rule] = [], defaultRelease: String? = nil) {
    self.rules = rules
    self.defaultRelease = defaultRelease
  }

  /// The priority of one entry; 0 or less keeps it from being installed.
  func priority(of entry: PackageEntry.ID, in index: PackageIndex) -> Int {
    let archive = index.archive(entry)
    guard !rules.isEmpty || defaultRelease != nil else { return archive.defaultPriority }
    let name = index.names[index.entries[Int(entry)].name]
    let version = index.versionText(entry).text
    // The first rule that names the package counts, then the first that means the whole archive.
    for rule in rules where rule.packages != ["*"] {
      guard rule.packages.contains(where: { Self.matches(name, $0) }) else { continue }
      if Self.covers(rule.target, version, archive) { return rule.priority }
    }
    for rule in rules where rule.packages == ["*"] {
      if Self.covers(rule.target, version, archive) { return rule.priority }
    }
    if let defaultRelease, archive.answers(to: defaultRelease) { return 990 }
    return archive.defaultPriority
  }

  private static func covers(_ target: Rule.Target, _ version: String, _ archive: PackageArchive) -> Bool {
    switch target {
    case .version(let pattern): return matches(version, pattern)
    case .origin(let site): return matches(archive.site, site)
    case .release(let parts):
      return parts.allSatisfy { letter, pattern in
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
