import Essentials
import PythonPackages
import SystemPackage
import Testing

@Suite struct RequirementsFileTests {
  private func read(_ files: [String: String]) throws(Diagnostic) -> RequirementsFile {
    try RequirementsFile.read("requirements.in") { (path) throws(Diagnostic) in
      guard let text = files[path.string] else { throw Diagnostic(.failed, "no file \(path)") }
      return Array(text.utf8)
    }
  }

  @Test func `lines, comments, continuations, includes and digests are read`() throws {
    let digest = String(repeating: "ab", count: 32)
    let file = try read([
      "requirements.in": """
      # a comment
      django>=5.2, \\
        <6  \\
        --hash=sha256:\(digest)  # why
      -r more/base.txt

      -c constraints.txt\r
      """,
      "more/base.txt":
        "celery[redis] ; python_version > '3' --hash sha256:\(digest)\n--requirement=../last.txt",
      "last.txt": "x#y==1 --hash=sha256:\(digest)".replacing("#y", with: ""),
      "constraints.txt": "kombu<6",
    ])
    #expect(
      file.requirements.map { "\($0.requirement) \($0.origin?.description ?? "")" } == [
        "django>=5.2,<6 requirements.in:2", "celery[redis]; python_version > \"3\" more/base.txt:1",
        "x==1 last.txt:1",
      ])
    #expect(file.constraints.map { "\($0.requirement)" } == ["kombu<6"])
    #expect(file.isHashed)
  }

  @Test(arguments: [
    (
      "--index-url https://example.test/",
      "requirements.in:1: the option '--index-url' is not taken in a requirements file"
    ),
    ("django\n-e .", "requirements.in:2: the option '-e' is not taken in a requirements file"),
    ("-r ../outside.txt", "requirements.in:1: '../outside.txt' is outside of the recipe's folder"),
    ("-r /etc/passwd", "requirements.in:1: '/etc/passwd' is outside of the recipe's folder"),
    ("-r requirements.in", "requirements.in:1: requirements files include each other too deeply"),
    ("a --hash=sha256:12", "requirements.in:1: 'sha256:12' is no SHA-256 digest"),
    (
      "a --global-option=x",
      "requirements.in:1: the option '--global-option' is not taken in a requirements file"
    ),
    (
      "./local.whl",
      "requirements.in:1: './local.whl' is no requirement: expected a project's name at column 1, found './local.whl'"
    ),
  ])
  func `what can't be pinned is refused with file and line`(text: String, message: String) {
    let refusal = #expect(throws: Diagnostic.self) { try read(["requirements.in": text]) }
    #expect(refusal?.description.split(separator: "\n").first.map(String.init) == message)
  }
}
