import Essentials
import PythonPackages
import TestSupport
import Testing

@Suite struct RequirementTests {
  private struct Answer: Decodable {
    var name: String?
    var extras: [String]?
    var specifiers: [String]?
    var url: String?
    var hasMarker: Bool?
  }

  private static let seeds = [
    "Django>=5.2,<6", "celery[redis,SQS] ~= 5.4 ; python_version < '4' and sys_platform != 'win32'",
    "name (>=1.0, !=1.1)", "pip @ https://example.org/pip-1.0.zip ; os_name == 'posix'", "a==1.*",
    "a===foo bar",
    "requests [security] == 2.8.1, >= 2.0; (python_version > '2.6' or extra == 'x')", "a[]", "zope.interface",
    "a>=1,",
    "foo_bar--baz <= 2.0.post1.dev3+local",
  ]

  @Test func `requirements read as packaging reads them`() async throws {
    var generator = SeededGenerator(seed: 509)
    let mutations = (0..<6000).map { _ in
      String(decoding: generator.mutated(Array(generator.pick(Self.seeds).utf8)), as: UTF8.self)
    }
    // Bytes beyond ASCII have their own rules in Python's regular expressions.
    let texts = Self.seeds + mutations.filter { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } }
    let answers = try await PythonTools.ask(
      """
      from packaging.requirements import Requirement, InvalidRequirement
      from packaging.utils import canonicalize_name
      answer = []
      for text in question:
          try:
              r = Requirement(text)
              answer.append({"name": canonicalize_name(r.name), "extras": sorted(canonicalize_name(e) for e in r.extras),
                  "specifiers": sorted(str(s) for s in r.specifier), "url": r.url, "hasMarker": r.marker is not None})
          except InvalidRequirement:
              answer.append({})
      """, texts, as: [Answer].self)
    for (text, answer) in zip(texts, answers) {
      let requirement = try? Requirement(parsing: text)
      if requirement == nil, isStricterHere(text) { continue }
      #expect(requirement?.name.description == answer.name, "\(text)")
      guard let requirement, answer.name != nil else { continue }
      #expect(requirement.extras.map(\.description) == Set(answer.extras ?? []).sorted(), "\(text)")
      let clauses = Set(requirement.specifiers.clauses.map { $0.description.filter { $0 != " " } })
      #expect(clauses == Set((answer.specifiers ?? []).map { $0.filter { $0 != " " } }), "\(text)")
      #expect(requirement.url == answer.url, "\(text)")
      #expect((requirement.marker != nil) == answer.hasMarker, "\(text)")
      // What is printed means the same.
      #expect(try Requirement(parsing: requirement.description) == requirement, "\(text)")
    }
  }

  /// Names that end with `_`, and markers that compare two texts or two variables, are read by packaging but mean nothing.
  private func isStricterHere(_ text: String) -> Bool {
    let refusal = (try? Requirement(parsing: text)) == nil
    let message = #expect(throws: Diagnostic.self) { try Requirement(parsing: text) }?.message ?? ""
    return refusal && (message.contains("one variable with one quoted text") || message.contains("'_"))
  }

  @Test(arguments: [
    ("", "'' is no requirement: expected a project's name at column 1, found the end"),
    (
      "django>=",
      "'django>=' is no requirement: expected a version specifier such as '>=1.2' at column 7, found '>='"
    ),
    (
      "django 5",
      "'django 5' is no requirement: expected a version specifier, ';' or the end at column 8, found '5'"
    ),
    ("a[b", "'a[b' is no requirement: expected ',' or ']' at column 4, found the end"),
  ])
  func `a bad requirement is refused with its column`(text: String, message: String) {
    let refusal = #expect(throws: Diagnostic.self) { try Requirement(parsing: text) }
    #expect(refusal?.message == message)
    #expect(refusal?.category == .usage)
  }

  @Test(arguments: [
    "a; (os_name == 'x' and os_name == 'y') and (os_name == 'z' and os_name == 'v')",
    "a; os_name == 'x' and ((os_name == 'y' and os_name == 'z') or os_name == 'v')",
  ])
  func `a marker in parentheses is the same when it's read back`(text: String) throws {
    let requirement = try Requirement(parsing: text)
    #expect(try Requirement(parsing: requirement.description) == requirement)
  }
}
