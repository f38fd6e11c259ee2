import Essentials
import Glibc

extension SiteEffects {
  /// Watches green take requests; a canary's judge too.
  ///
  /// It isn't well where an instance of green fails three health checks in a row, where more than one request in a hundred and
  /// more than two at all failed, or where the slowest hundredth takes longer than a second and thrice as long as before.
  func watch(_ seconds: Int, _ swap: SwapMachine) async throws -> [String: String] {
    let before = try await witness.view(from: Self.now() - 30_000_000, to: Self.now() - 1_000_000)
    let begin = Self.now()
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      try await Task.sleep(for: min(.seconds(1), max(.milliseconds(50), end - .now)))
      let green = try await servers(of: swap.plan.green.pool)
      if let sick = green.first(where: { $0.state == .ready && $0.isDown }) {
        throw Diagnostic(.checkFailed, "the instance \(sick.name) became unhealthy while it was watched")
      }
      if let seen = try await witness.view(from: begin, to: Self.now()) { try Self.judge(seen, before) }
    } while ContinuousClock.now < end
    guard let seen = try await witness.view(from: begin, to: Self.now()) else { return [:] }
    return ["watched": seen.text]
  }

  /// Ends the traffic of our own, and tells what came of all of it.
  func endTraffic() async throws -> [String: String] {
    try await witness.stop()
    return try await witness.view(from: 0, to: .max).map { ["traffic": $0.text] } ?? [:]
  }

  static func judge(_ seen: TrafficView, _ before: TrafficView?) throws(Diagnostic) {
    if seen.failures > 2, seen.failures * 100 > seen.requests {
      throw Diagnostic(
        .checkFailed, "\(seen.failures) of \(seen.requests) requests failed while it was watched")
    }
    // The median of few requests says nothing.
    if let before, seen.requests >= 200, seen.p99 > 1_000_000, seen.p99 > before.p99 * 3 {
      throw Diagnostic(
        .checkFailed,
        "one request in a hundred took longer than \(seen.p99 / 1000) ms while it was watched, and \(before.p99 / 1000) ms before"
      )
    }
  }

  /// In microseconds since 1970.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

extension TrafficView {
  fileprivate var text: String { "\(requests) requests, \(failures) failed, p99 \(p99 / 1000) ms" }
}
