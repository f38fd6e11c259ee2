package import Essentials
import Glibc
package import SystemPackage

/// Ends programs right before, or amid, one of their write-side system calls, or has it fail; see `KillPoint.h`.
package enum KillPoint {
  /// The variables that make a program end at its call of this number, counted from 1.
  package static func environment(at number: Int) -> [String: String] {
    ["LD_PRELOAD": BuiltProgram.path("libKillPoint.so").string, "HARDTACK_KILL_AT": "\(number)"]
  }

  /// The variables that make a program's call of this number fail with `code`, an error number of the system's.
  package static func environment(failingAt number: Int, with code: Int32) -> [String: String] {
    [
      "LD_PRELOAD": BuiltProgram.path("libKillPoint.so").string, "HARDTACK_FAIL_AT": "\(number)",
      "HARDTACK_FAIL_WITH": "\(code)",
    ]
  }

  /// Runs `program` on one copy of `store` after the other and strikes its first call, its second and so on, until it
  /// makes no call of that number.
  /// - Parameters:
  ///   - copy: where the copies lie, in each case in place of the one before.
  ///   - code: the error number that the call fails with; nil where the program is killed.
  ///   - check: looks at the copy after each run.
  /// - Returns: how many calls there are.
  package static func sweep(
    _ program: FilePath, _ arguments: [String], environment: [String: String], store: FilePath,
    copy: FilePath,
    failingWith code: Int32? = nil, check: (_ number: Int, _ result: Command.Result) async throws -> Void
  ) async throws -> Int {
    for number in 1...1000 {
      _ = try await Command("rm", ["-rf", copy.string]).output()
      _ = try await Command("cp", ["-a", store.string, copy.string]).output()
      let faults = code.map { Self.environment(failingAt: number, with: $0) } ?? Self.environment(at: number)
      let result = try await Command(
        program.string, arguments, environment: environment.merging(faults) { $1 }
      ).run()
      guard result.status == (code == nil ? 128 + SIGKILL : 1) || result.status == 0 else {
        throw Diagnostic(
          .failed, "with call \(number) struck, \(program) ended with \(result.status)",
          notes: [result.errorText])
      }
      try await check(number, result)
      let wasStruck = code == nil ? result.status != 0 : result.errorText.contains("a call failed by order")
      if !wasStruck { return number - 1 }
    }
    throw Diagnostic(.failed, "\(program) makes more than 1000 calls")
  }
}
