import Essentials
import Storage
import SystemPackage

/// A check of the recipe.
struct Gate: Sendable {
  /// What messages call it.
  let name: String
  /// For the shell.
  let run: String
  /// The part of the application's source that it may see, alone; nil where it sees the finished application.
  let inputs: SourceTree?
}

/// The recipe's checks, run in the sandbox on the finished tree; one that fails fails the bake.
struct Gates {
  let layers: [Layer]
  let gates: [Gate]
  /// Where they start, in the image.
  let folder: String
  let python: PythonRuntime?

  /// What one gate came to.
  struct Outcome: Sendable {
    let gate: Gate
    let result: Sandbox.Result
  }

  /// Runs those that did not pass before on the same tree, side by side.
  /// - Returns: how many ran.
  func run(_ context: BakeContext) async throws -> Int {
    let waiting = try gates.filter { gate throws(Diagnostic) in
      try context.store.action(for: key(of: gate)) == nil
    }
    if waiting.isEmpty { return 0 }
    let stage = context.progress.stage("checking", items: waiting.count)
    let prepared = try waiting.map { gate in (gate, try sandbox(for: gate, context)) }
    let outcomes = try await prepared.concurrentMap { [folder, python] gate, sandbox in
      let result = try await sandbox.run(gate.run, in: folder, environment: python?.environment ?? [:])
      stage.advance(items: 1)
      return Outcome(gate: gate, result: result)
    }
    stage.finish()
    for outcome in outcomes where outcome.result.status == 0 {
      try context.store.record(key(of: outcome.gate), ActionResult(outputs: [:], metadata: [:]))
    }
    let failed = outcomes.filter { $0.result.status != 0 }
    if !failed.isEmpty { throw failure(failed) }
    return outcomes.count
  }

  /// What of the image a gate sees, which is all that it depends on.
  private func key(of gate: Gate) -> ActionKey {
    ActionKey(
      "gate", version: BakeContext.version, inputs: gate.inputs.map { ["inputs": $0.digest] } ?? [:],
      parameters: [
        "layers": visibleLayers(to: gate).map(\.digest.description).joined(separator: "\n"),
        "command": gate.run, "folder": folder, "python": python?.key ?? "",
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
    _ = try tree.makeFolders(folder)
    try inputs.copy(to: folder, in: tree)
    sandbox.lowers.append(source)
    return sandbox
  }

  private func failure(_ failed: [Outcome]) -> Diagnostic {
    let notes = failed.flatMap { outcome in
      ["\(outcome.gate.name): exit code \(outcome.result.status)"]
        + Command.tail(outcome.result.outputText)
    }
    return Diagnostic(
      .checkFailed,
      failed.count == 1
        ? "the check '\(failed[0].gate.name)' failed" : "\(failed.count) of \(gates.count) checks failed",
      notes: notes,
      hints: ["the image was not made; checks run in \(folder) of the image, as root, without network"])
  }
}
