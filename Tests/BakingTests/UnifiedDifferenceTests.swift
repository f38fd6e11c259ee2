import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct UnifiedDifferenceTests {
  /// What diff(1) says, its headers apart.
  private func oracle(_ a: String, _ b: String) async throws -> String {
    let folder = try TemporaryFolder()
    try DurableFile.write(Array(a.utf8), to: folder.appending("a"))
    try DurableFile.write(Array(b.utf8), to: folder.appending("b"))
    let result = try await Command(
      "diff", ["-u", folder.appending("a").string, folder.appending("b").string]
    ).run()
    return result.outputText.split(separator: "\n").dropFirst(2).joined(separator: "\n")
  }

  @Test(arguments: [
    ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\nfour\n5\n6\n7\n8\n9\n"), ("", "new\n"), ("old\ntwo\n", ""),
    ("a\nb\nc\n", "a\nc\nd\n"),
    ("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "0\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n13\n"),
  ])
  func `shows what diff shows`(a: String, b: String) async throws {
    let lines = try #require(UnifiedDifference.lines(Array(a.utf8), Array(b.utf8), path: "/f"))
    #expect(try await lines.dropFirst(2).joined(separator: "\n") == oracle(a, b))
  }
}
