import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// Recipes that name another tool's lockfile, locked against an index that the test makes.
@Suite struct LockImportTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  private func digest(_ file: String) throws -> Digest {
    Digest(of: try DurableFile.read(workshop.index.root.appending("files").pushing(FilePath(file))))
  }

  /// Makes `name`, with `content`, the recipe's requirements.
  private func use(_ name: String, _ content: String, more: String = "") throws {
    try DurableFile.write(Array(content.utf8), to: workshop.recipe.pushing(FilePath(name)))
    try workshop.write(
      Workshop.recipeText.replacing("{requirements: [django]}", with: "{requirements: \(name)\(more)}"))
  }

  private func uvLock(django: Digest? = nil, source: String = "registry = 'https://example.test/simple'")
    throws
    -> String
  {
    """
    version = 1
    requires-python = ">=3.11"
    [[package]]
    name = "shop"
    source = { virtual = "." }
    dependencies = [{ name = "django" }]
    [[package]]
    name = "django"
    version = "5.0"
    source = { \(source) }
    dependencies = [{ name = "sqlparse" }]
    wheels = [{ url = "https://example.test/files/django-5.0-py3-none-any.whl", hash = "\(try django ?? digest("django-5.0-py3-none-any.whl"))" }]
    [[package]]
    name = "sqlparse"
    version = "0.4"
    source = { registry = 'https://example.test/simple' }
    wheels = [{ url = "https://example.test/files/sqlparse-0.4-py3-none-any.whl", hash = "\(try digest("sqlparse-0.4-py3-none-any.whl"))" }]

    """
  }

  @Test func `uv.lock gives the lockfile that the same requirements give`() async throws {
    let resolved = try await bench.lock()
    try use("uv.lock", try uvLock())
    let imported = try await bench.lock()
    #expect(imported.python == resolved.python)
    #expect(imported.recipe != resolved.recipe)
    _ = try await bench.fetch(imported)
    // No place that it names was asked.
    #expect(!workshop.server.log.contains { $0.contains("example.test") })
  }

  @Test func `its pins move with the file alone`() async throws {
    try use("uv.lock", try uvLock())
    let first = try await bench.lock()
    try await workshop.index.publish(Workshop.wheels + [WheelIndex.Wheel("django-5.1-py3-none-any.whl")])
    #expect(try await bench.lock(first, upgrade: .everything).text == first.text)
    try use(
      "uv.lock",
      try uvLock(django: try digest("django-5.1-py3-none-any.whl")).replacing("5.0", with: "5.1"))
    let second = try await bench.lock(first)
    #expect(LockfileDifference(from: first, to: second).summary == ["django 5.0 → 5.1"])
    #expect(second.recipe != first.recipe)
  }

  @Test func `a hash that isn't the index's, a file it hasn't and a project it hasn't are refused`()
    async throws
  {
    try use("uv.lock", try uvLock(django: Digest(of: "other")))
    let other = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(other.category == .verificationFailed)
    #expect(
      other.message == "the index has django-5.0-py3-none-any.whl with another SHA-256 than the one locked")
    #expect(other.location?.file.hasSuffix("recipe/uv.lock") == true && other.location?.line == 7)
    try use("uv.lock", try uvLock().replacing("5.0", with: "4.0"))
    let file = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(file.category == .noSolution)
    #expect(file.message == "the index has no django-4.0-py3-none-any.whl, which is locked")
    try use("uv.lock", try uvLock().replacing("sqlparse", with: "sqlparsed"))
    let project = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(project.category == .noSolution)
    #expect(project.message == "the index has no project 'sqlparsed', which is locked as 0.4")
    #expect(try bench.store.roots().isEmpty)
  }

  @Test func `what comes from elsewhere is refused before anyone is asked`() async throws {
    try use("uv.lock", try uvLock(source: "git = 'https://example.test/django#1'"))
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .usage)
    #expect(
      refusal.message
        == "'django' is locked from a repository, and the image takes wheels of one index only")
    #expect(refusal.location?.line == 7 && refusal.hints.count == 1)
    #expect(!workshop.server.log.contains { $0.contains("/simple/") })
  }

  @Test func `a constraint that doesn't fit a pin is refused`() async throws {
    try DurableFile.write(Array("django<5\n".utf8), to: workshop.recipe.appending("constraints.txt"))
    try use("uv.lock", try uvLock(), more: ", constraints: constraints.txt")
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .noSolution)
    #expect(refusal.message == "django is locked as 5.0, and a constraint says django<5")
    #expect(refusal.notes.first?.hasSuffix("constraints.txt:1") == true)
  }

  @Test func `what is exported as pylock.toml gives the same pins again`() async throws {
    let first = try await bench.lock()
    try use("pylock.toml", try PythonExport(first).text(as: .pylock))
    #expect(try await bench.lock().python == first.python)
  }
}
