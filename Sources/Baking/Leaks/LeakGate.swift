import Essentials
import Recipes
import Storage

/// No layer may hold a value of the secrets, nor a private key or token, unless a pinned package or wheel ships the latter.
///
/// That a layer holds no keys and tokens is remembered by its digest. Of the values nothing is: even their digest would tell
/// who can read the store which of the likely values it is. So they're looked for in all layers, each time they're given.
struct LeakGate {
  /// By the names that the recipe declares.
  let values: [String: Secret]
  let isSilenced: Bool
  /// The locked packages by name.
  let artifacts: [String: Digest]

  private static let version = 1
  private static let shown = 20

  private struct Finding {
    let text: String
    let isKnownValue: Bool
  }

  func run(_ joined: JoinedLayers, _ store: Store) async throws -> [GateReport] {
    let began = ContinuousClock.now
    let patterns = values.sorted { $0.key < $1.key }.flatMap { LeakPattern.patterns(of: $0.key, $0.value) }
    var findings: [Finding] = []
    var didScan = false
    for (number, layer) in joined.layers.enumerated() {
      try Task.checkCancellation()
      let key = ActionKey("leak scan", version: Self.version, inputs: ["layer": layer.digest])
      // What is in there comes from pinned wheels, and what this program made of them.
      let isGeneral = !isSilenced && layer.name != "python"
      let wantsGeneral = try isGeneral && store.action(for: key) == nil
      let wanted = patterns + (wantsGeneral ? LeakPattern.general : [])
      guard !wanted.isEmpty else { continue }
      didScan = true
      let found = try await scan(number, wanted, joined, store)
      findings += found
      if wantsGeneral, !found.contains(where: { !$0.isKnownValue }) {
        try store.record(key, ActionResult(outputs: [:], metadata: [:]))
      }
    }
    guard didScan else { return [] }
    let time = ContinuousClock.now - began
    func report(_ name: String, _ findings: [Finding]) -> GateReport {
      let lines = findings.prefix(Self.shown).map(\.text)
      let rest = findings.count > Self.shown ? ["and \(findings.count - Self.shown) more"] : []
      return GateReport(
        name: name, isBuiltIn: true, time: time, failure: findings.isEmpty ? nil : lines + rest)
    }
    let known = findings.filter(\.isKnownValue)
    let general = report(Recipe.BuiltInGate.privateKeys.rawValue, findings.filter { !$0.isKnownValue })
    return known.isEmpty ? [general] : [report(GateReport.knownValues, known), general]
  }

  private func scan(_ number: Int, _ patterns: [LeakPattern], _ joined: JoinedLayers, _ store: Store)
    async throws
    -> [Finding]
  {
    let layer = joined.layers[number]
    let hits = try await LeakScanner(patterns).scan(try store.open(layer.digest))
    if hits.isEmpty { return [] }
    let places = LayerPlaces(try joined.table(of: number))
    let tree = try joined.tree()
    let shipped = ShippedFiles(
      tree: tree, packages: InstalledPackages(tree), artifacts: artifacts, store: store)
    var judged: [String: Bool] = [:]
    var findings: [Finding] = []
    for hit in hits.sorted(by: { $0.offset < $1.offset }) {
      let pattern = patterns[hit.pattern]
      guard let place = places.file(at: hit.offset) else {
        findings.append(
          Finding(
            text:
              "\(pattern.label) stands in the layer \(layer.name) at byte \(hit.offset), in a name or attribute",
            isKnownValue: pattern.isKnownValue))
        continue
      }
      if !pattern.isKnownValue, layer.name == "os" {
        let isShipped = try judged[place.path] ?? shipped.contains(place.path)
        judged[place.path] = isShipped
        if isShipped { continue }
      }
      findings.append(
        Finding(
          text:
            "\(pattern.label) stands in \(place.path.printable) at byte \(place.offset) (\(layer.name))",
          isKnownValue: pattern.isKnownValue))
    }
    return findings
  }
}

/// Which file's content lies at a place of a layer.
struct LayerPlaces {
  private let table: LayerTable
  private let files: [Int]

  init(_ table: LayerTable) {
    self.table = table
    files = table.entries.indices.filter { table.entries[$0].kind == .file && table.entries[$0].size > 0 }
      .sorted { table.entries[$0].offset < table.entries[$1].offset }
  }

  /// The file at `place`, and how far into it that is; nil where no content lies there.
  func file(at place: Int) -> (path: String, offset: Int)? {
    var range = files.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let entry = table.entries[files[middle]]
      if place < Int(entry.offset) {
        range = range.lowerBound..<middle
      } else if place >= Int(entry.offset + entry.size) {
        range = middle + 1..<range.upperBound
      } else {
        return (table.pathText(of: files[middle]), place - Int(entry.offset))
      }
    }
    return nil
  }
}
