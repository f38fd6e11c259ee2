import Essentials
import FoundationEssentials

/// Runs hooks by the shell, with what there is to know of the swap on their standard input.
package struct HookCommand: HookRunner {
  private let patience: Duration
  private let say: @Sendable (String) -> Void

  package init(patience: Duration, say: @escaping @Sendable (String) -> Void) {
    self.patience = patience
    self.say = say
  }

  package func run(_ command: String, _ context: HookContext) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(context) else {
      throw Diagnostic(.bug, "a hook's input can't be written as JSON")
    }
    var process = Command("/bin/sh", ["-c", command], input: Array(json) + [UInt8(ascii: "\n")])
    process.mergesError = true
    let result = try await Self.result(of: process, within: patience, command)
    for line in Command.tail(result.outputText, lines: 20) { say(line) }
    guard result.status == 0 else {
      throw Diagnostic(
        .checkFailed, "the hook '\(command)' ended with exit code \(result.status)",
        notes: Command.tail(result.outputText))
    }
  }

  private static func result(
    of process: Command, within patience: Duration, _ name: String
  ) async throws -> Command.Result {
    try await withThrowingTaskGroup(of: Command.Result?.self) { group in
      group.addTask { try await process.run() }
      group.addTask {
        try await Task.sleep(for: patience)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        throw Diagnostic(
          .checkFailed, "the hook '\(name)' had not ended after \(patience.components.seconds) s",
          hints: ["give it more time with 'limits: {order: SECONDS}' in site.yaml"])
      }
      return result
    }
  }
}
