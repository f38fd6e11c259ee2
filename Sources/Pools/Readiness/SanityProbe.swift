import Essentials
import Images

/// Asks an instance what its image's recipe wants it to answer.
struct SanityProbe {
  var instance: String
  var forwards: [PoolRecord.Forward]
  var role: Role

  /// Waits until `check` passes.
  /// - Throws: `checkFailed` where it doesn't within its seconds, with the last answer.
  func wait(for check: SanityCheck, while isAlive: () -> Bool) async throws {
    let patience = Duration.seconds(min(max(1, check.within), 3600))
    let deadline = ContinuousClock.now + patience
    var pause = Duration.milliseconds(100)
    while true {
      let left = deadline - .now
      guard let failure = try await failure(of: check, within: min(max(left, .seconds(1)), .seconds(30)))
      else {
        return
      }
      guard isAlive() else {
        throw Diagnostic(.checkFailed, "the instance '\(instance)' ended while it was asked for \(check.get)")
      }
      guard ContinuousClock.now + pause < deadline else {
        throw Diagnostic(
          .checkFailed,
          "the instance '\(instance)' did not pass GET \(check.get) within \(check.within) s: \(failure.summary)",
          notes: failure.notes)
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(1))
    }
  }

  struct Failure {
    var summary: String
    var notes: [String] = []
  }

  /// How one request fails the check, or nil where it passes.
  func failure(of check: SanityCheck, within patience: Duration) async throws -> Failure? {
    guard let forward = forwards.first(where: { Int($0.guest) == check.port }) else {
      return Failure(summary: "the port \(check.port) isn't forwarded")
    }
    let probe = HTTPProbe(port: forward.host, target: check.get, secure: role == .live)
    do {
      let answer = try await probe.answer(within: patience)
      if answer.status == check.status { return nil }
      let body = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").prefix(20)
        .map { Tail.plain($0.utf8.prefix(400)) }
      return Failure(
        summary: "the status is \(answer.status) instead of \(check.status)",
        notes: body.isEmpty ? [] : ["the answer:"] + Command.tail(body.joined(separator: "\n"), lines: 20))
    } catch let failure as HTTPProbe.Failure {
      return Failure(summary: failure.reason)
    } catch let diagnostic as Diagnostic {
      return Failure(summary: diagnostic.message)
    }
  }
}
