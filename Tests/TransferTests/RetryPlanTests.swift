import Essentials
import Testing

@testable import Transfer

@Suite struct RetryPlanTests {
  private static let passing = RetryPlan.Verdict.transient(Diagnostic(.notAvailableOffline, "broken off"))
  private static let wrong = RetryPlan.Verdict.wrong(Diagnostic(.verificationFailed, "wrong"))

  private func steps(
    _ sources: Int, _ verdicts: [RetryPlan.Verdict], random: Double = 1
  ) -> [String] {
    var plan = RetryPlan(sources: sources, Downloader.Configuration())
    return verdicts.map { verdict in
      switch plan.next(after: verdict, random: random) {
      case .attempt(let source, let pause): "\(source) after \(pause / .milliseconds(1)) ms"
      case .giveUp(let diagnostic): "give up: \(diagnostic.message)"
      }
    }
  }

  @Test func `doubles the pause from round to round`() {
    let verdicts = [RetryPlan.Verdict](repeating: Self.passing, count: 4)
    #expect(
      steps(1, verdicts)
        == ["0 after 250.0 ms", "0 after 500.0 ms", "0 after 1000.0 ms", "give up: broken off"])
    #expect(steps(1, verdicts, random: 0).first == "0 after 0.0 ms")
  }

  @Test func `tries the other sources first`() {
    let verdicts = [Self.passing, Self.wrong, Self.passing, Self.passing]
    #expect(
      steps(3, verdicts) == ["1 after 0.0 ms", "2 after 0.0 ms", "0 after 250.0 ms", "2 after 0.0 ms"])
  }

  @Test func `says the worst when nothing is left`() {
    #expect(steps(2, [Self.wrong, Self.wrong]) == ["1 after 0.0 ms", "give up: wrong"])
    #expect(steps(1, [Self.wrong]) == ["give up: wrong"])
  }

  @Test func `restarts once without blame`() {
    let again = RetryPlan.Verdict.again(Diagnostic(.failed, "mixed"))
    #expect(steps(1, [again, again]) == ["0 after 0.0 ms", "give up: mixed"])
  }

  @Test func `waits as asked, but not for ever`() {
    let busy = RetryPlan.Verdict.transient(Diagnostic(.failed, "busy"), notBefore: .seconds(7))
    #expect(steps(1, [busy]) == ["0 after 7000.0 ms"])
    let unkind = RetryPlan.Verdict.transient(Diagnostic(.failed, "busy"), notBefore: .seconds(3000))
    #expect(steps(1, [unkind]) == ["0 after 30000.0 ms"])
  }

  @Test(arguments: [
    ("bytes 5-9/10", ContentRange(first: 5, last: 9, total: 10)),
    ("bytes 0-0/*", ContentRange(first: 0, last: 0, total: nil)),
    ("bytes 5-9/9", nil), ("bytes 9-5/10", nil), ("bytes */10", nil), ("", nil), ("bytes 5-9", nil),
    ("items 5-9/10", nil), ("bytes -5-9/10", nil), ("bytes 5-99999999999999999999/10", nil),
  ])
  func `reads a Content-Range`(_ text: String, _ range: ContentRange?) {
    #expect(ContentRange(text) == range)
  }
}
