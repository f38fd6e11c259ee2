import Essentials
import PythonPackages
import TestSupport
import Testing

@Suite struct MarkerTests {
  static let target = TargetEnvironment(
    python: TestVersions.python, architecture: .amd64,
    glibc: .init(major: 2, minor: 36))

  private struct Question: Encodable {
    var marker: String
    var extra: String
  }

  private struct Answer: Decodable {
    /// nil where packaging refuses to read it.
    var holds: Bool?
    var isUndefined: Bool
  }

  private static func marker(_ generator: inout SeededGenerator, depth: Int = 0) -> String {
    if depth < 3, generator.chance(45) {
      let parts = (0...Int.random(in: 1..<3, using: &generator)).map { _ in
        marker(&generator, depth: depth + 1)
      }
      return parts.map { generator.chance(40) ? "(\($0))" : $0 }.joined(
        separator: generator.pick([" and ", " or "]))
    }
    let variable = generator.pick([
      "python_version", "python_full_version", "os_name", "sys_platform", "platform_machine",
      "platform_system",
      "platform_python_implementation", "implementation_name", "implementation_version", "extra", "os.name",
      "python_implementation", "platform_release",
    ])
    let value = generator.pick([
      "3", "3.9", "3.11", "3.11.2", "3.12", "3.11.*", "linux", "win32", "posix", "nt", "x86_64", "aarch64",
      "CPython",
      "cpython", "PyPy", "Linux", "Redis", "redis", "my_extra", "my-extra", "", "3.8 3.11", "x86_64 aarch64",
    ])
    let quoted = generator.chance(50) ? "'\(value)'" : "\"\(value)\""
    let comparison = generator.pick(["==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in", "=="])
    let space = generator.chance(80) || comparison.contains("in") ? " " : ""
    return generator.chance(85)
      ? "\(variable)\(space)\(comparison)\(space)\(quoted)"
      : "\(quoted)\(space)\(comparison)\(space)\(variable)"
  }

  @Test func `random markers hold where packaging says so`() async throws {
    var generator = SeededGenerator(seed: 508)
    let questions = (0..<5000).map { _ in
      Question(
        marker: Self.marker(&generator), extra: generator.pick(["", "redis", "my-extra"]))
    }
    let answers = try await PythonTools.ask(
      """
      from packaging.markers import Marker, InvalidMarker, UndefinedComparison
      environment = {"implementation_name": "cpython", "implementation_version": "3.11.2", "os_name": "posix",
          "platform_machine": "x86_64", "platform_release": "", "platform_system": "Linux", "platform_version": "",
          "python_full_version": "3.11.2", "platform_python_implementation": "CPython", "python_version": "3.11",
          "sys_platform": "linux"}
      answer = []
      for q in question:
          try:
              holds = Marker(q["marker"]).evaluate(environment | {"extra": q["extra"]})
              answer.append({"holds": holds, "isUndefined": False})
          except UndefinedComparison:
              answer.append({"isUndefined": True})
          except InvalidMarker:
              answer.append({"isUndefined": False})
      """, questions, as: [Answer].self)
    var compared = 0
    for (question, answer) in zip(questions, answers) where !answer.isUndefined {
      let marker = try? Marker(parsing: question.marker)
      let holds = marker?.holds(in: Self.target, extra: ProjectName(question.extra))
      #expect(holds == answer.holds, "\(question.marker) with '\(question.extra)'")
      if let marker {
        // What is printed means the same.
        let again = try Marker(parsing: marker.description)
        #expect(again.holds(in: Self.target, extra: ProjectName(question.extra)) == holds, "\(marker)")
      }
      compared += 1
    }
    #expect(compared > 3000)
  }

  @Test(arguments: [
    ("python_version", "expected a comparison such as '==', '<' or 'in' at column 15, found the end"),
    ("python_version < '3", "expected a closing quote at column 18, found ''3'"),
    ("(os_name == 'nt'", "expected ')' at column 17, found the end"),
    ("os == 'nt'", "expected a marker variable or quoted text at column 1, found 'os == 'nt''"),
    (
      "os_name == 'nt' xor os_name == 'a'",
      "expected 'and', 'or' or the end of the marker at column 17, found 'xor os_name == 'a''"
    ),
    ("'a' == 'a'", "expected a comparison of one variable with one quoted text at column 11, found the end"),
  ])
  func `a bad marker is refused with its column`(text: String, message: String) {
    let refusal = #expect(throws: Diagnostic.self) { try Marker(parsing: text) }
    #expect(refusal?.message == message)
  }

  @Test func `deep nesting is refused`() {
    let text = String(repeating: "(", count: 100_000) + "os_name == 'nt'"
    #expect(throws: Diagnostic.self) { try Marker(parsing: text) }
  }
}
