import Essentials
import Storage

/// The recipe's checks, run in the sandbox on the finished tree; one that fails fails the bake.
struct Gates {
  let layers: [Layer]
  let commands: [String]
  /// Where they start, in the image.
  let folder: String
  let python: PythonRuntime?

  /// That all passed on this very tree is remembered, so a bake that changes nothing runs none.
  private var key: ActionKey {
    ActionKey(
      "gates", version: BakeContext.version,
      parameters: [
        "layers": layers.map(\.digest.description).joined(separator: "\n"),
        "commands": commands.map { "\($0.utf8.count):\($0)" }.joined(),
        "folder": folder, "python": python?.key ?? "",
      ])
  }

  /// What one check came to.
  package struct Outcome: Sendable {
    let command: String
    let result: Sandbox.Result
  }

  /// - Returns: how many ran; 0 where they had passed before.
  func run(_ context: BakeContext) async throws -> Int {
    if commands.isEmpty { return 0 }
    if try context.store.action(for: key) != nil { return 0 }
    let stage = context.progress.stage("checking", items: commands.count)
    // Each has a tree of its own to write to, so none can help or hinder another.
    let prepared = try commands.map { command in
      (command, try context.sandbox(over: layers, writingTo: try context.workspace.makeFolder("check")))
    }
    let outcomes = try await prepared.concurrentMap { [folder, python] command, sandbox in
      let result = try await sandbox.run(command, in: folder, environment: python?.environment ?? [:])
      stage.advance(items: 1)
      return Outcome(command: command, result: result)
    }
    stage.finish()
    let failed = outcomes.filter { $0.result.status != 0 }
    guard let first = failed.first else {
      try context.store.record(key, ActionResult(outputs: [:], metadata: ["passed": String(commands.count)]))
      return commands.count
    }
    let notes = failed.flatMap { outcome in
      ["\(outcome.command): exit code \(outcome.result.status)"] + Command.tail(outcome.result.outputText)
    }
    let message =
      failed.count == 1
      ? "the check '\(first.command)' failed" : "\(failed.count) of \(commands.count) checks failed"
    throw Diagnostic(
      .checkFailed, message, notes: notes,
      hints: ["the image was not made; checks run in \(folder) of the image, as root, without network"])
  }
}
