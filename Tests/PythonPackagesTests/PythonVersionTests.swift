import PythonPackages
import TestSupport
import Testing

@Suite struct PythonVersionTests {
  private struct Reading: Decodable {
    var text: String?
    var isPreRelease: Bool?
  }

  @Test func `random versions read and print as packaging has them`() async throws {
    var generator = SeededGenerator(seed: 440)
    let texts = (0..<6000).map { _ in generator.version() }
    let readings = try await PythonTools.ask(
      """
      from packaging.version import Version, InvalidVersion
      answer = []
      for text in question:
          try:
              version = Version(text)
              answer.append({"text": str(version), "isPreRelease": version.is_prerelease})
          except InvalidVersion:
              answer.append({})
      """, texts, as: [Reading].self)
    for (text, reading) in zip(texts, readings) {
      let version = PythonVersion(text)
      #expect(version?.description == reading.text, "\(text.debugDescription)")
      #expect(version?.isPreRelease == reading.isPreRelease, "\(text.debugDescription)")
    }
  }

  @Test func `random versions sort as packaging sorts them`() async throws {
    var generator = SeededGenerator(seed: 441)
    let texts = (0..<12000).map { _ in generator.version() }.filter { PythonVersion($0) != nil }
    let comparisons = try await PythonTools.ask(
      """
      from packaging.version import Version
      versions = [Version(text) for text in question]
      answer = [(a > b) - (a < b) for a, b in zip(versions, versions[1:])]
      """, texts, as: [Int].self)
    let versions = texts.compactMap { PythonVersion($0) }
    for (index, expected) in comparisons.enumerated() {
      let (a, b) = (versions[index], versions[index + 1])
      #expect((a > b ? 1 : 0) - (a < b ? 1 : 0) == expected, "\(a) against \(b)")
      #expect((a == b) == (expected == 0), "\(a) against \(b)")
      if a == b { #expect(a.hashValue == b.hashValue) }
    }
  }

  @Test(arguments: ["", "1.", "1..2", "a", "1.0+", "1!", "!1", "1.0-", "1.0.x", "99999999999999999999"])
  func `a text that is no version is refused`(text: String) {
    #expect(PythonVersion(text) == nil)
  }

  @Test func `any bytes are read without harm`() {
    var generator = SeededGenerator(seed: 442)
    for _ in 0..<20000 {
      let text = String(decoding: generator.mutated(Array(generator.version().utf8)), as: UTF8.self)
      if let version = PythonVersion(text) { #expect(PythonVersion(version.description) == version) }
    }
  }
}
