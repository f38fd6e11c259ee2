import Essentials
import Recipes
import Storage
import SystemPackage

/// A command that must succeed in the finished tree: a check of the recipe, or a gate that the program brings along.
struct Gate: Sendable {
  /// What messages call it.
  let name: String
  /// For the shell.
  let run: String
  /// The part of the application's source that it may see, alone; nil where it sees the finished application.
  let inputs: SourceTree?
  /// Whether a failure counts only where it also fails with the whole application to see: what it needs of that, the
  /// program can but guess.
  var mayWiden: Bool { isBuiltIn && inputs != nil }
  var isBuiltIn = false
  /// Where it starts, in the image.
  let folder: String

  fileprivate var widened: Gate {
    Gate(name: name, run: run, inputs: nil, isBuiltIn: isBuiltIn, folder: folder)
  }
}

/// Everything that the finished tree must pass; what fails, fails the bake.
///
/// A command that sees but a part of the application's source needs nothing that is made of it, and runs while the application's
/// layer is made, packed and indexed. All else waits for the finished tree.
struct Gates {
  let commands: [Gate]
  let files: TreeGates
  let leaks: LeakGate
  let python: PythonRuntime?

  /// A gate that did not pass yet on what it sees, with a tree of its own to write to: none can help or hinder another.
  struct Prepared: Sendable {
    fileprivate let gate: Gate
    fileprivate let key: ActionKey
    fileprivate let sandbox: Sandbox
    var name: String { gate.name }
  }

  /// What a gate came to.
  struct Outcome: Sendable {
    fileprivate let gate: Gate
    fileprivate let report: GateReport
  }

  /// Those that need not wait for the application's layer.
  /// - Parameter layers: all but the application's, lowest first.
  func early(over layers: [Layer], _ context: BakeContext) throws(Diagnostic) -> [Prepared] {
    try prepare(commands.filter { $0.inputs != nil }, layers, context)
  }

  /// Runs gates side by side, and remembers those that pass.
  static func run(
    _ prepared: [Prepared], in store: Store, _ python: PythonRuntime?, _ stage: Progress.Stage? = nil
  ) async throws -> [Outcome] {
    try await prepared.concurrentMap { prepared in
      let gate = prepared.gate
      let began = ContinuousClock.now
      let result = try await prepared.sandbox.run(
        gate.run, in: gate.folder, environment: python?.environment ?? [:])
      stage?.advance(items: 1)
      let failure =
        result.status == 0 ? nil : ["exit code \(result.status)"] + Command.tail(result.outputText)
      if failure == nil { try store.record(prepared.key, ActionResult(outputs: [:], metadata: [:])) }
      let report = GateReport(
        name: gate.name, isBuiltIn: gate.isBuiltIn, time: ContinuousClock.now - began, failure: failure)
      return Outcome(gate: gate, report: report)
    }
  }

  /// Runs what waited for the finished tree.
  /// - Parameter early: what the others came to.
  /// - Returns: what each that ran came to.
  /// - Throws: `.checkFailed` where one failed.
  func finish(_ early: [Outcome], over joined: JoinedLayers, _ context: BakeContext) async throws
    -> [GateReport]
  {
    let looked = try await files.run(joined, context.store) + leaks.run(joined, context.store)
    let failed = early.filter { $0.report.failure != nil && $0.gate.mayWiden }.map(\.gate)
    let rest = joined.layers.filter { $0.name != ApplicationStep.layerName }
    let known = try commands.filter { gate throws(Diagnostic) in
      guard gate.mayWiden else { return false }
      return try context.store.action(for: key(of: gate, rest))?.metadata[Self.needs] != nil
    }
    let late = try prepare(
      commands.filter { $0.inputs == nil } + (failed + known).map(\.widened), joined.layers, context)
    var reports = looked + early.filter { $0.report.failure == nil || !$0.gate.mayWiden }.map(\.report)
    if !late.isEmpty {
      let stage = context.progress.stage("checking the finished tree", items: late.count)
      reports += try await Self.run(late, in: context.store, python, stage).map(\.report)
      stage.finish()
    }
    let wrong = reports.filter { $0.failure != nil }
    if !wrong.isEmpty { throw failure(wrong, of: reports.count) }
    for gate in failed {
      try context.store.record(
        key(of: gate, rest), ActionResult(outputs: [:], metadata: [Self.needs: ApplicationStep.layerName]))
    }
    return reports
  }

  /// What is remembered of a gate that passes only with the whole application to see.
  private static let needs = "needs"

  /// - Parameter layers: those that the gates see.
  private func prepare(_ gates: [Gate], _ layers: [Layer], _ context: BakeContext) throws(Diagnostic)
    -> [Prepared]
  {
    var prepared: [Prepared] = []
    for gate in gates {
      let key = key(of: gate, layers)
      guard try context.store.action(for: key) == nil else { continue }
      prepared.append(Prepared(gate: gate, key: key, sandbox: try sandbox(for: gate, layers, context)))
    }
    return prepared
  }

  /// What of the image a gate sees, which is all that it depends on.
  private func key(of gate: Gate, _ layers: [Layer]) -> ActionKey {
    ActionKey(
      "gate", version: BakeContext.version, inputs: gate.inputs.map { ["inputs": $0.digest] } ?? [:],
      parameters: [
        "layers": layers.map(\.digest.description).joined(separator: "\n"),
        "command": gate.run, "folder": gate.folder, "python": python?.key ?? "",
      ])
  }

  private func sandbox(for gate: Gate, _ layers: [Layer], _ context: BakeContext) throws(Diagnostic)
    -> Sandbox
  {
    var sandbox = try context.sandbox(over: layers, writingTo: try context.workspace.makeFolder("check"))
    guard let inputs = gate.inputs else { return sandbox }
    let source = try context.workspace.makeFolder("inputs")
    let tree = UpperTree(upper: source, lowers: sandbox.lowers)
    _ = try tree.makeFolders(gate.folder)
    try inputs.copy(to: gate.folder, in: tree)
    sandbox.lowers.append(source)
    return sandbox
  }

  private func failure(_ failed: [GateReport], of count: Int) -> Diagnostic {
    let notes = failed.flatMap { report in
      let lines = report.failure ?? []
      return report.isBuiltIn && lines.first?.hasPrefix("exit code") != true
        ? ["\(report.name):"] + lines.map { "  " + $0 }
        : ["\(report.name): \(lines.first ?? "")"] + lines.dropFirst()
    }
    var hints = ["the image was not made"]
    if failed.contains(where: { !$0.isBuiltIn }) {
      hints = [
        "the image was not made; checks run in the application's folder of the image, as root, without network"
      ]
    }
    if failed.contains(where: { $0.name == GateReport.knownValues }) {
      hints.append(
        "find out how it came there; what is no secret belongs into the recipe, as a value's 'default'")
    }
    if let gate = failed.first(where: { $0.isBuiltIn && $0.name != GateReport.knownValues }) {
      hints.append(
        "where it's meant to be so, silence the gate in the recipe: 'gates: {silence: {\(gate.name): REASON}}'"
      )
    }
    let message =
      failed.count == 1
      ? "the \(failed[0].isBuiltIn ? "gate" : "check") '\(failed[0].name)' failed"
      : "\(failed.count) of \(count) checks failed"
    return Diagnostic(.checkFailed, message, notes: notes, hints: hints)
  }
}
