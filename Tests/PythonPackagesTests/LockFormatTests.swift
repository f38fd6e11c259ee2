import Essentials
import PythonPackages
import Testing

/// What is taken from other tools' lockfiles, and what is refused.
@Suite struct LockFormatTests {
  private func read(_ format: LockFormat, _ text: String) throws -> [LockedProject] {
    try format.read(Array(text.utf8), file: "the.lock", environment: MarkerTests.target)
  }

  /// Each project as `NAME VERSION: those that ask`, and the digest's first digit of the wheel that is taken.
  private func lines(_ projects: [LockedProject]) throws -> [String] {
    let tags = CompatibleTags(for: MarkerTests.target)
    return try projects.map { project in
      let wheel = try project.wheel(for: MarkerTests.target, tags: tags)
      let askers = (project.isRequested ? ["requested"] : []) + project.askedForBy.map(\.description)
      let digit = wheel.digest.map { String($0.hexadecimal.prefix(1)) } ?? "none"
      return "\(project.name) \(project.version) \(digit): \(askers.joined(separator: ", "))"
    }
  }

  @Test func `uv's lockfile gives what the project needs in the image, with who asks`() throws {
    #expect(
      try lines(read(.uv, LockTexts.uv)) == [
        "celery 5.4.0 a: requested", "kombu 5.3 d: celery", "numpy 1.0 1: requested",
        "redis 5.0 f: celery, kombu",
      ])
  }

  @Test func `Poetry's lockfile gives its main group in the image, with who asks`() throws {
    #expect(
      try lines(read(.poetry, LockTexts.poetry)) == [
        "celery 5.4.0 a: requested", "kombu 5.3 c: celery", "redis 5.0 f: kombu",
      ])
  }

  @Test func `pylock.toml gives its default groups in the image, with who asks where it says`() throws {
    #expect(
      try lines(read(.pylock, LockTexts.pylock)) == ["celery 5.4.0 a: requested", "kombu 5.3 d: celery"])
  }

  private static let other = "https://other.test/simple"

  @Test(arguments: [
    (
      LockFormat.uv, "version = 1\n", "version = 2\n",
      "the.lock:1:11: version 2 of uv's format isn't known; 1 is"
    ),
    (
      .uv, "requires-python = \">=3.11\"", "requires-python = \">=3.12\"",
      "the.lock:3:19: the lockfile is for Python >=3.12, and the image has 3.11.2"
    ),
    (
      .uv, "requires-python = \">=3.11\"", "supported-markers = [\"sys_platform == 'darwin'\"]",
      "the.lock:3:21: none of the environments that were locked is the image's"
    ),
    (
      .uv, "virtual = \".\"", "registry = \"https://example.test/simple\"",
      "the.lock:1:1: the lockfile is of no project"
    ),
    (
      .uv, "name = \"redis\"\nversion = \"5.0\"\nsource = { registry = \"https://example.test/simple\" }",
      "name = \"redis\"\nversion = \"5.0\"\nsource = { registry = \"\(other)\" }",
      "the.lock:59:1: 'redis' is locked from another index than the rest, and the image takes wheels of one index only"
    ),
    (
      .uv, "name = \"redis\"\nversion = \"5.0\"\nsource = { registry = \"https://example.test/simple\" }",
      "name = \"redis\"\nversion = \"5.0\"\nsource = { git = \"https://example.test/redis?rev=1#2\" }",
      "the.lock:59:1: 'redis' is locked from a repository, and the image takes wheels of one index only"
    ),
    (
      .uv, "name = \"redis\"\nversion = \"5.0\"\nsource = { registry = \"https://example.test/simple\" }",
      "name = \"redis\"\nversion = \"5.0\"\nsource = { editable = \"packages/redis\" }",
      "the.lock:59:1: 'redis' is locked from a folder, and the image takes wheels of one index only"
    ),
    (
      .uv, "name = \"redis\"\nversion = \"5.0\"\n", "name = \"redi\"\nversion = \"5.0\"\n",
      "the.lock:31:10: 'redis' is needed here, and the lockfile has none that fit"
    ),
    (
      .uv, "marker = \"sys_platform == 'win32'\"", "marker = \"sys_platform = 'win32'\"",
      "the.lock:14:35: 'sys_platform = 'win32'' is no marker: expected a comparison such as '==', '<' or 'in' at column 14, found '= 'win32''"
    ),
    (
      .uv, "files/redis-5.0-py3", "files/rodis-5.0-py3",
      "the.lock:63:11: 'rodis-5.0-py3-none-any.whl' is no wheel of redis 5.0"
    ),
    (.uv, "size = 12", "size = -1", "the.lock:42:168: a file can't have the size -1"),
    (
      .uv, "sha256:f", "sha256:g",
      "the.lock:63:83: 'sha256:g\(String(LockTexts.digest("f").dropFirst()))' is no SHA-256"
    ),
    (
      .poetry, "lock-version = \"2.1\"", "lock-version = \"2.0\"",
      "the.lock:78:16: lock-version 2.0 doesn't say which projects are needed in which environment; 2.1 does"
    ),
    (
      .poetry, "lock-version = \"2.1\"", "lock-version = \"3.0\"",
      "the.lock:78:16: lock-version 3.0 isn't known; 2.1 is"
    ),
    (
      .poetry, "python-versions = \">=3.11,<4.0\"", "python-versions = \"^3.12\"",
      "the.lock:79:19: the lockfile is for Python ^3.12, and the image has 3.11.2"
    ),
    (
      .poetry, "python-versions = \"^3.8 || ~3.7\"", "python-versions = \"~3.7 || ^2\"",
      "the.lock:43:19: 'redis' is locked for Python ~3.7 || ^2, and the image has 3.11.2"
    ),
    (.poetry, "groups = [\"main\"]\n", "", "the.lock:3:1: 'groups' is missing"),
    (
      .poetry, "\n[package.extras]\nredis = [\"redis\"]\n", "\n[package.source]\ntype = \"git\"\n",
      "the.lock:25:1: 'kombu' is locked from a repository, and the image takes wheels of one index only"
    ),
    (
      .pylock, "lock-version = \"1.0\"", "lock-version = \"2.0\"",
      "the.lock:1:16: lock-version 2.0 isn't known; 1.0 is"
    ),
    (
      .pylock, "\"sys_platform == 'linux'\"]", "]",
      "the.lock:2:16: none of the environments that were locked is the image's"
    ),
    (
      .pylock, "requires-python = \">=3.8\"", "requires-python = \"<3.11\"",
      "the.lock:24:19: 'kombu' is locked for Python <3.11, and the image has 3.11.2"
    ),
    (
      .pylock, "marker = \"'mail' in extras\"\n", "",
      "the.lock:32:1: 'anymail' is locked from a repository, and the image takes wheels of one index only"
    ),
    (.pylock, "version = \"5.3\"\n", "", "the.lock:20:1: 'version' is missing"),
    (
      .pylock, "name = \"pytest\"\nversion = \"8.0\"\nmarker = \"'dev' in dependency_groups\"",
      "name = \"Kombu\"\nversion = \"5.2\"",
      "the.lock:38:1: 'kombu' is locked as 5.3 and as 5.2 for the image's environment"
    ),
    (.pylock, "wheels = [{", "wheels = {", "the.lock:18:"),
  ])
  func `what can't be taken over is refused with its line`(
    _ format: LockFormat, _ text: String, _ replacement: String, _ message: String
  ) throws {
    let whole =
      [LockFormat.uv: LockTexts.uv, .poetry: LockTexts.poetry, .pylock: LockTexts.pylock][format] ?? ""
    try #require(whole.contains(text))
    let refusal = try #require(
      #expect(throws: Diagnostic.self) {
        try read(format, whole.replacing(text, with: replacement, maxReplacements: 1))
      })
    #expect(refusal.description.hasPrefix(message), "\(refusal)")
    #expect(refusal.category == .usage || refusal.category == .noSolution)
  }

  @Test(arguments: [
    (
      "kombu-5.3-py3-none-any.whl", "kombu-5.3-cp312-cp312-win_amd64.whl",
      "kombu 5.3 is locked without a wheel for CPython 3.11 on x86_64 with glibc 2.36",
      Diagnostic.Category.noSolution
    ),
    (
      "{file = \"kombu-5.3-py3-none-any.whl\", hash = \"sha256:\(LockTexts.digest("c"))\"}", "",
      "kombu 5.3 is locked without a wheel, and the image takes nothing else", .noSolution
    ),
    (
      "sha256:\(LockTexts.digest("c"))", "md5:1",
      "the lockfile gives no SHA-256 for kombu-5.3-py3-none-any.whl", .verificationFailed
    ),
  ])
  func `a project without a wheel for the image is refused by name`(
    _ text: String, _ replacement: String, _ message: String, _ category: Diagnostic.Category
  ) throws {
    let projects = try read(.poetry, LockTexts.poetry.replacing(text, with: replacement))
    let refusal = try #require(#expect(throws: Diagnostic.self) { try lines(projects) })
    #expect(refusal.message == message)
    #expect(refusal.category == category)
    #expect(refusal.location?.line == 25)
  }

  @Test func `an index that has another file by that name, or none, is refused`() throws {
    let project = try #require(try read(.poetry, LockTexts.poetry).first { $0.name == "kombu" })
    let wheel = try project.wheel(for: MarkerTests.target, tags: CompatibleTags(for: MarkerTests.target))
    func refusal(_ page: ProjectPage?) throws -> Diagnostic {
      try #require(
        #expect(throws: Diagnostic.self) {
          try project.file(of: wheel, on: page, environment: MarkerTests.target)
        })
    }
    func page(_ digest: Digest?, _ requires: VersionSpecifiers? = nil) -> ProjectPage {
      ProjectPage(
        name: "kombu",
        files: [
          DistributionFile(
            filename: wheel.filename.text, kind: .wheel(wheel.filename), url: "https://example.test/k",
            sha256: digest, requiresPython: requires)
        ])
    }
    let cases: [(ProjectPage?, String, Diagnostic.Category)] = [
      (nil, "the index has no project 'kombu', which is locked as 5.3", .noSolution),
      (
        ProjectPage(name: "kombu", files: []), "the index has no kombu-5.3-py3-none-any.whl, which is locked",
        .noSolution
      ),
      (
        page(Digest(of: "x")),
        "the index has kombu-5.3-py3-none-any.whl with another SHA-256 than the one locked",
        .verificationFailed
      ),
      (
        page(nil), "the index gives no SHA-256 for kombu-5.3-py3-none-any.whl, which is locked by it",
        .verificationFailed
      ),
      (
        page(wheel.digest, VersionSpecifiers(">=3.12")),
        "kombu 5.3 needs Python >=3.12, and the image has 3.11.2", .noSolution
      ),
    ]
    for (page, message, category) in cases {
      let refusal = try refusal(page)
      #expect(refusal.message == message)
      #expect(refusal.category == category && refusal.location?.line == 25 && !refusal.hints.isEmpty)
    }
    _ = try project.file(of: wheel, on: page(wheel.digest), environment: MarkerTests.target)
  }

  @Test(arguments: LockFormat.allCases)
  func `mutated lockfiles are read or refused with a place`(_ format: LockFormat) throws {
    let text =
      [LockFormat.uv: LockTexts.uv, .poetry: LockTexts.poetry, .pylock: LockTexts.pylock][format] ?? ""
    var generator = SeededGenerator(seed: 1)
    var accepted = 0
    for _ in 0..<3000 {
      let bytes = generator.mutated(Array(text.utf8))
      do throws(Diagnostic) {
        let projects = try format.read(bytes, file: "the.lock", environment: MarkerTests.target)
        accepted += projects.isEmpty ? 0 : 1
      } catch {
        let refusal = error
        #expect(refusal.category == .usage || refusal.category == .noSolution)
        #expect(refusal.location?.line ?? 0 > 0, "\(refusal)")
        #expect(!refusal.message.contains("\n"), "\(refusal)")
      }
    }
    #expect(accepted > 300)
  }
}
