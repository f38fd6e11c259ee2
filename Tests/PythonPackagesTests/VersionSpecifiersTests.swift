import PythonPackages
import TestSupport
import Testing

@Suite struct VersionSpecifiersTests {
  private struct Question: Encodable {
    var specifiers: String
    var versions: [String]
  }

  private struct Answer: Decodable {
    var isValid: Bool
    var contained: [Bool]
    var filtered: [String]
    var preReleases: Bool
  }

  @Test func `random specifiers take the versions that packaging takes`() async throws {
    var generator = SeededGenerator(seed: 450)
    let questions = (0..<4000).map { _ in
      let clauses = (0...Int.random(in: 0..<2, using: &generator)).map { _ in generator.clause() }
      let versions = (0..<12).map { _ in generator.version() }.compactMap { PythonVersion($0)?.description }
      return Question(specifiers: clauses.joined(separator: ","), versions: versions)
    }
    let answers = try await PythonTools.ask(
      """
      from packaging.specifiers import SpecifierSet, InvalidSpecifier
      from packaging.version import Version
      answer = []
      for q in question:
          try:
              s = SpecifierSet(q["specifiers"])
          except InvalidSpecifier:
              answer.append({"isValid": False, "contained": [], "filtered": [], "preReleases": False})
              continue
          versions = [Version(v) for v in q["versions"]]
          answer.append({"isValid": True, "contained": [s.contains(v, prereleases=True) for v in versions],
              "filtered": [str(v) for v in s.filter(versions)], "preReleases": bool(s.prereleases)})
      """, questions, as: [Answer].self)
    var valid = 0
    for (question, answer) in zip(questions, answers) {
      let specifiers = VersionSpecifiers(question.specifiers)
      #expect((specifiers != nil) == answer.isValid, "\(question.specifiers)")
      guard let specifiers, answer.isValid else { continue }
      valid += 1
      let versions = question.versions.compactMap { PythonVersion($0) }
      #expect(versions.map(specifiers.contains) == answer.contained, "\(question.specifiers): \(versions)")
      #expect(
        specifiers.filter(versions).map(\.description) == answer.filtered,
        "\(question.specifiers): \(versions)")
      #expect(specifiers.namesPreRelease == answer.preReleases, "\(question.specifiers)")
    }
    #expect(valid > 2000)
  }

  @Test(arguments: [
    (">=3.6.*", ">=3.6"), (">=3.6 <4", ">=3.6,<4"), (">=3.8,", ">=3.8"), ("!=3.0.*,>=2.7", "!=3.0.*,>=2.7"),
  ])
  func `what old metadata means is understood`(text: String, meaning: String) {
    #expect(VersionSpecifiers(lenient: text)?.description == meaning)
    #expect(VersionSpecifiers(lenient: "3.6 or newer") == nil)
  }
}
