import DebianPackages
import Essentials
import TestSupport
import Testing

/// Behaviour that apt's own integration tests look at, case by case: what apt does is known, and asked of apt again.
@Suite struct AptCaseTests {
  @Test(
    arguments: AptCase.policy + AptCase.alternatives + AptCase.providers + AptCase.architectures
      + AptCase.conflicts)
  func `requests get what apt would choose`(testCase: AptCase) async throws {
    let folder = try TemporaryFolder()
    let archives = TestArchives(testCase.archives)
    let apt = try await AptOracle(in: folder.path, archives, testCase.pins).install(
      testCase.requests, recommends: testCase.recommends)
    let found = try archives.solve(
      testCase.requests, recommends: testCase.recommends, pins: testCase.pins)
    #expect(apt.lines == testCase.expected, "what apt itself makes of it")
    #expect(found.lines == testCase.expected ?? testCase.beyond)
  }
}

extension AptOracle.Answer {
  /// `name version` of all that is installed, by name; nil where it's refused.
  var lines: [String]? {
    guard case .installed(let versions) = self else { return nil }
    return versions.map { "\($0.key) \($0.value)" }.sorted()
  }
}
