import Essentials
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

/// What becomes of tasks while the workers of two releases are swapped, with the example's own Celery and a real RabbitMQ.
@Suite struct QueueSwapTests {
  private struct Outcome: Decodable {
    var wanted: Int
    var done: Int
    var lost: Int
    var unasked: Int
    var doubled: Int
    var by_the_wrong_release: Int
  }

  /// A third each: plain ones, such as ask to be tried again, and such as wait for their hour.
  @Test func `each task is done as often as it asks, by the release that sent it`() async throws {
    let folder = try TemporaryFolder()
    let aftermath = try Aftermath(
      """
      kill -9 -"$(cat "$1/broker.group")"
      tries=0
      until epmd -port "$(cat "$1/epmd.port")" -kill | grep -q -e Killed -e 'Cannot connect' || [ $((tries += 1)) -gt 50 ]; do sleep 0.1; done
      """, in: folder)
    defer { withExtendedLifetime(aftermath) {} }
    let example = BuiltProgram.package.appending("recipes/logic")
    let script = BuiltProgram.package.appending("Tests/CutoverTests/queue_swap.py")
    let count = SwapRig.isWhole ? 10_000 : 900
    let output = try await Command(
      try await PythonTools.program("python", with: example.appending("requirements.in")),
      [script.string, example.appending("app").string, folder.path.string, "\(count)"]
    ).output()
    let outcome = try JSONDecoder().decode(Outcome.self, from: Data(output))
    #expect(outcome.wanted == count / 3 * 5)
    #expect(outcome.done == outcome.wanted)
    #expect(outcome.lost == 0)
    #expect(outcome.unasked == 0)
    #expect(outcome.doubled == 0)
    #expect(outcome.by_the_wrong_release == 0)
    if SwapRig.isWhole { print("\(outcome.done) runs of \(count) tasks, none lost, none twice") }
  }
}
