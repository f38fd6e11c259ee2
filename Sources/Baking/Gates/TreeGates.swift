import Essentials
import PythonPackages
import Recipes
import Storage
import SystemPackage

/// The built-in gates that look at the finished tree's metadata and a few of its files, without running anything.
struct TreeGates {
  /// The units that the recipe adds, extends or enables.
  let units: [String]
  /// The names of the recipe's secrets.
  let secrets: [String]
  let settings: Recipe.Gates
  let architecture: Architecture
  let python: WheelConsistency?

  /// It grows whenever a gate would judge the same tree differently.
  private static let version = 2

  typealias Check = (
    gate: Recipe.BuiltInGate, run: (ImageTree, JoinedLayers, Store) throws(Diagnostic) -> [String]
  )

  /// Runs all that aren't silenced, unless they passed on the same tree before.
  /// - Returns: what each came to; none where they passed before.
  func run(_ joined: JoinedLayers, _ store: Store) throws(Diagnostic) -> [GateReport] {
    let key = key(joined.layers)
    if try store.action(for: key) != nil { return [] }
    let tree = try joined.tree()
    var reports: [GateReport] = []
    for check in checks(InstalledPackages(tree)) where settings.silenced[check.gate] == nil {
      let began = ContinuousClock.now
      let findings = try check.run(tree, joined, store)
      reports.append(
        GateReport(
          name: check.gate.rawValue, isBuiltIn: true, time: ContinuousClock.now - began,
          failure: findings.isEmpty ? nil : Self.bounded(findings)))
    }
    if reports.allSatisfy({ $0.failure == nil }) {
      try store.record(key, ActionResult(outputs: [:], metadata: [:]))
    }
    return reports
  }

  private func checks(_ packages: InstalledPackages) -> [Check] {
    var checks: [Check] = [
      (
        .credentials, { tree, _, _ in CredentialGate(units: units, secrets: Set(secrets)).findings(in: tree) }
      ),
      (.networkUnits, { tree, _, _ in NetworkGate(units: units).findings(in: tree) }),
      (.unitPrograms, { tree, _, _ in UnitProgramGate(units: units).findings(in: tree) }),
      (.danglingLinks, { tree, _, _ in LinkGate(packages: packages).findings(in: tree) }),
      (.worldWritable, { tree, _, _ in WritableGate().findings(in: tree) }),
      (
        .setuid,
        { tree, _, _ in SetuidGate(allowed: Set(settings.setuid.map(\.value.string))).findings(in: tree) }
      ),
      (
        .sharedLibraries,
        { tree, joined, store throws(Diagnostic) in
          try LibraryGate(architecture: architecture, packages: packages).findings(in: tree, joined, store)
        }
      ),
    ]
    if let python { checks.append((.wheels, { tree, _, _ in python.findings(in: tree) })) }
    return checks
  }

  private func key(_ layers: [Layer]) -> ActionKey {
    ActionKey(
      "tree gates", version: Self.version,
      parameters: [
        "layers": layers.map(\.digest.description).joined(separator: "\n"),
        "units": units.joined(separator: "\n"), "secrets": secrets.joined(separator: "\n"),
        "silenced": settings.silenced.keys.map(\.rawValue).sorted().joined(separator: " "),
        "setuid": settings.setuid.map(\.value.string).joined(separator: "\n"),
        "architecture": architecture.debian, "python": python?.key ?? "",
      ])
  }

  private static let shown = 20

  private static func bounded(_ findings: [String]) -> [String] {
    findings.count <= shown
      ? findings : findings.prefix(shown) + ["and \(findings.count - shown) more"]
  }
}

/// What one gate or check came to.
package struct GateReport: Sendable {
  package let name: String
  /// Whether it's one of the program's own rather than the recipe's.
  package let isBuiltIn: Bool
  package let time: Duration
  /// What's wrong, a line each; nil where it passed.
  package let failure: [String]?

  /// The gate that nothing silences: no value of the secrets is in a layer.
  static let knownValues = "secrets"
}
