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
struct Gates {
  let joined: JoinedLayers
  let commands: [Gate]
  let files: TreeGates
  let leaks: LeakGate
  let python: PythonRuntime?

  private var layers: [Layer] { joined.layers }

  /// Runs those that did not pass before on the same tree, commands side by side.
  /// - Returns: what each that ran came to.
  func run(_ context: BakeContext) async throws -> [GateReport] {
    let looked = try await files.run(joined, context.store) + leaks.run(joined, context.store)
    let waiting = try commands.filter { gate throws(Diagnostic) in
      if try context.store.action(for: key(of: gate)) != nil { return false }
      guard gate.mayWiden else { return true }
      return try context.store.action(for: key(of: gate.widened)) == nil
    }
    var reports = looked
    if !waiting.isEmpty {
      let stage = context.progress.stage("checking", items: waiting.count)
      let first = try await outcomes(of: waiting, context, stage)
      let again = first.filter { $0.report.failure != nil && $0.gate.mayWiden }.map(\.gate.widened)
      reports += first.filter { $0.report.failure == nil || !$0.gate.mayWiden }.map(\.report)
      if !again.isEmpty { reports += try await outcomes(of: again, context, stage).map(\.report) }
      stage.finish()
    }
    let failed = reports.filter { $0.failure != nil }
    if !failed.isEmpty { throw failure(failed, of: reports.count) }
    return reports
  }

  private func outcomes(of gates: [Gate], _ context: BakeContext, _ stage: Progress.Stage) async throws
    -> [(gate: Gate, report: GateReport)]
  {
    let prepared = try gates.map { gate in (gate, try sandbox(for: gate, context)) }
    let outcomes = try await prepared.concurrentMap { [python] gate, sandbox in
      let began = ContinuousClock.now
      let result = try await sandbox.run(gate.run, in: gate.folder, environment: python?.environment ?? [:])
      stage.advance(items: 1)
      let failure =
        result.status == 0 ? nil : ["exit code \(result.status)"] + Command.tail(result.outputText)
      let report = GateReport(
        name: gate.name, isBuiltIn: gate.isBuiltIn, time: ContinuousClock.now - began, failure: failure)
      return (gate: gate, report: report)
    }
    for outcome in outcomes where outcome.report.failure == nil {
      try context.store.record(key(of: outcome.gate), ActionResult(outputs: [:], metadata: [:]))
    }
    return outcomes
  }

  /// What of the image a gate sees, which is all that it depends on.
  private func key(of gate: Gate) -> ActionKey {
    ActionKey(
      "gate", version: BakeContext.version, inputs: gate.inputs.map { ["inputs": $0.digest] } ?? [:],
      parameters: [
        "layers": visibleLayers(to: gate).map(\.digest.description).joined(separator: "\n"),
        "command": gate.run, "folder": gate.folder, "python": python?.key ?? "",
      ])
  }

  private func visibleLayers(to gate: Gate) -> [Layer] {
    gate.inputs == nil ? layers : layers.filter { $0.name != ApplicationStep.layerName }
  }

  /// Each has a tree of its own to write to, so none can help or hinder another.
  private func sandbox(for gate: Gate, _ context: BakeContext) throws(Diagnostic) -> Sandbox {
    var sandbox = try context.sandbox(
      over: visibleLayers(to: gate), writingTo: try context.workspace.makeFolder("check"))
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
