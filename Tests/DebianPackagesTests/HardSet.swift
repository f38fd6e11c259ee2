/// A small world of packages made to be hard: alternatives that conflict, versions that exclude each other, versioned and
/// unversioned providers, mail servers of which only one can be, and archives that aren't automatic.
struct HardSet: Sendable {
  let archives: TestArchives
  let requests: [String]
  let recommends: Bool
  /// What ``archives`` was made from, to look at where something fails.
  let text: String

  init(seed: UInt64) {
    var maker = Maker(random: SeededRandom(seed: seed), density: 10 + Int(seed % 4) * 10)
    text = maker.archives()
    archives = TestArchives(text)
    requests = maker.requests()
    recommends = seed % 3 == 0
  }

  private struct Maker {
    var random: SeededRandom
    var names: [String] = []
    var versions: [String: [Int]] = [:]
    /// Names all of whose versions are Multi-Arch: allowed.
    var allowed: Set<String> = []
    let virtual = ["v", "w", "mta"]
    /// How many of a hundred relations and packages exclude something.
    let density: Int

    init(random: SeededRandom, density: Int) {
      self.random = random
      self.density = density
      names = (0..<number(6...14)).map { "p\($0)" }
      for name in names {
        versions[name] = (1...number(1...3)).map { $0 }
        if chance(15) { allowed.insert(name) }
      }
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
    mutating func pick(_ names: [String]) -> String { names[number(0...names.count - 1)] }

    mutating func archives() -> String {
      var lines = ["main": "", "security": "", "backports": ""]
      // In an order of their own, which is the last rule between providers.
      for name in names.shuffled(using: &random) {
        for version in versions[name] ?? [] {
          let archive = version == 1 ? "main" : pick(["main", "security", "backports"])
          lines[archive, default: ""] += paragraph(name, version) + "\n"
        }
      }
      return ["", "security", "backports"].map {
        $0.isEmpty ? lines["main", default: ""] : "@\($0)\n" + lines[$0, default: ""]
      }.joined()
    }

    private mutating func paragraph(_ name: String, _ version: Int) -> String {
      var fields = ["\(name) \(version)"]
      func add(_ field: String, _ relations: [String]) {
        if !relations.isEmpty { fields.append("\(field): \(relations.joined(separator: ", "))") }
      }
      let others = names.filter { $0 != name }
      add("Depends", (0..<number(0...3)).map { _ in group(others) })
      if chance(15) { add("Pre-Depends", [group(others)]) }
      if chance(30) { add("Recommends", [group(others)]) }
      var conflicts: [String] = []
      if chance(density) {
        let other = relation(others + virtual)
        if chance(50) { add("Breaks", [other]) } else { conflicts.append(other) }
      }
      if chance(20) {
        // A mail server, of which there is only one.
        add("Provides", ["mta"])
        conflicts.append("mta")
      } else if chance(30) {
        let provided = pick(["v", "w"])
        add("Provides", [chance(50) ? provided : "\(provided) (= \(number(1...3)))"])
      }
      add("Conflicts", conflicts)
      if allowed.contains(name) {
        fields.append("Multi-Arch: allowed")
      } else if chance(15) {
        fields.append("Multi-Arch: \(pick(["same", "foreign"]))")
      }
      if chance(20) { fields.append("Priority: \(pick(["important", "standard", "extra"]))") }
      return fields.joined(separator: "; ")
    }

    private mutating func group(_ names: [String]) -> String {
      (0..<(chance(45) ? number(2...3) : 1)).map { _ in relation(names + virtual) }.joined(separator: " | ")
    }

    private mutating func relation(_ names: [String]) -> String {
      var text = pick(names)
      // The checker takes `:any` for met by any version of any package, so it's asked only of those that meet it.
      if allowed.contains(text), chance(30) { return "\(text):any" }
      if chance(density) { text += " (\(pick(["<<", "<=", "=", ">=", ">>"])) \(number(1...3)))" }
      return text
    }

    mutating func requests() -> [String] {
      var asked: [String] = []
      for name in names.shuffled(using: &random).prefix(number(1...4)) {
        asked.append(chance(15) ? "\(name)=\(number(1...(versions[name]?.count ?? 1)))" : name)
      }
      return asked
    }
  }
}
