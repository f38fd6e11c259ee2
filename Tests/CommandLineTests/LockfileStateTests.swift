import Essentials
import SystemPackage
import TestSupport
import Testing

/// Lockfiles that are missing, stale or edited, at every command that follows one.
@Suite struct LockfileStateTests {
  let workshop: Workshop
  let program: Program
  let path: FilePath

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
    path = workshop.recipe.appending("recipe.lock")
  }

  private func run(_ command: String, _ options: String...) async throws -> Program.Outcome {
    try await program.run([command, workshop.recipe.string] + options)
  }

  private func lock() async throws {
    let outcome = try await run("lock", "--quiet")
    try #require(outcome.code == 0, "\(outcome.error)")
  }

  private func edit(_ text: String, _ replacement: String) throws {
    let before = String(decoding: try DurableFile.read(path), as: UTF8.self)
    try #require(before.contains(text))
    try DurableFile.write(Array(before.replacing(text, with: replacement).utf8), to: path)
  }

  private static let followers = ["fetch", "bake", "lock --check"]

  @Test(arguments: followers)
  func `says that there is none`(_ command: String) async throws {
    let words = command.split(separator: " ").map(String.init)
    let outcome = try await program.run([words[0], workshop.recipe.string] + words.dropFirst())
    let error = "error: the recipe 'demo' has no lockfile yet\nhint: run 'hardtack lock RECIPE'\n"
    #expect(outcome == Program.Outcome(code: 3, output: "", error: error))
    #expect(try await listing(workshop.recipe) == ["recipe.yaml"])
    #expect(workshop.server.log.isEmpty)
  }

  @Test(arguments: followers)
  func `says that it's older than its recipe`(_ command: String) async throws {
    try await lock()
    try workshop.write(Workshop.recipeText.replacing("[nginx,", with: "[nginx, libc6,"))
    let words = command.split(separator: " ").map(String.init)
    let outcome = try await program.run([words[0], workshop.recipe.string] + words.dropFirst())
    let error = "error: RECIPE/recipe.lock is older than its recipe\nhint: run 'hardtack lock RECIPE'\n"
    #expect(outcome == Program.Outcome(code: 3, output: "", error: error))
  }

  @Test func `fits, and lock and lock --check ask nobody`() async throws {
    try await lock()
    let requests = workshop.server.log.count
    let bytes = try DurableFile.read(path)
    let checked = try await run("lock", "--check")
    #expect(checked == Program.Outcome(code: 0, output: "", error: "RECIPE/recipe.lock fits its recipe\n"))
    let again = try await run("lock")
    #expect(
      again
        == Program.Outcome(
          code: 0, output: "", error: "RECIPE/recipe.lock fits its recipe; --upgrade moves its pins\n"))
    #expect(workshop.server.log.count == requests)
    #expect(try DurableFile.read(path) == bytes)
  }

  @Test func `is left as it is by an upgrade that moves nothing`() async throws {
    try await lock()
    let bytes = try DurableFile.read(path)
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages, date: DebianArchive.date + 86_400)
    let outcome = try await run("lock", "--upgrade")
    #expect(outcome.code == 0 && outcome.output.isEmpty)
    #expect(outcome.error.hasSuffix("RECIPE/recipe.lock: nothing moved\n"), "\(outcome.error)")
    #expect(try DurableFile.read(path) == bytes)
  }

  @Test func `says what moved, for people and for scripts`() async throws {
    let first = try await run("lock", "--json", "--quiet")
    #expect(first.code == 0 && first.error.isEmpty)
    #expect(first.output.contains("\"wrote\" : true"))
    try await workshop.index.publish(
      [WheelIndex.Wheel("django-5.1-py3-none-any.whl"), WheelIndex.Wheel("django-5.0-py3-none-any.whl")])
    let json = try await run("lock", "--upgrade", "django", "--json", "--quiet")
    for text in [
      "\"name\" : \"django\"", "\"from\" : \"5.0\"", "\"to\" : \"5.1\"", "\"part\" : \"python\"",
      "\"name\" : \"sqlparse\"",
    ] {
      #expect(json.output.contains(text), "\(json.output)")
    }
    let unknown = try await run("lock", "--upgrade", "djngo")
    #expect(
      unknown
        == Program.Outcome(
          code: 64, output: "",
          error: "error: the lockfile pins nothing called 'djngo'\nhint: did you mean 'django'?\n"))
  }

  @Test(arguments: [
    ("\"interpreter\"", "\"interpretr\"", "21:17: not a lockfile: unknown key 'interpretr'", Int32(4)),
    (
      "\"epoch\": 17", "\"epoch\": 27",
      "3:11: the lockfile was edited by hand: it isn't what 'hardtack lock' writes", 3
    ),
    ("\"lockfile\": 1,", "\"lockfile\": 1,,", "1:16: not a lockfile: expected a key in double quotes", 4),
    (
      "{\"lockfile\": 1,", "<<<<<<< ours\n{\"lockfile\": 1,", "1:1: the lockfile holds an unresolved merge", 4
    ),
    (
      "{\"lockfile\": 1,", "{\"lockfile\": 2,",
      "1:1: the lockfile has version 2; this program knows version 1", 4
    ),
  ])
  func `is refused where it was edited, and lock says the same or writes it anew`(
    _ text: String, _ replacement: String, _ message: String, _ code: Int32
  ) async throws {
    try await lock()
    let good = try DurableFile.read(path)
    try edit(text, replacement)
    let edited = try DurableFile.read(path)
    for command in ["fetch", "bake"] {
      let outcome = try await run(command)
      #expect(outcome.code == code && outcome.output.isEmpty)
      #expect(outcome.error.hasPrefix("error: RECIPE/recipe.lock:\(message)\nhint: "), "\(outcome.error)")
      #expect(try DurableFile.read(path) == edited)
    }
    let outcome = try await run("lock")
    if code == 3 {
      // Its pins are known, so they stay.
      #expect(outcome.code == 0)
      #expect(
        outcome.error.hasPrefix("warning: RECIPE/recipe.lock:\(message); it is written anew\n"),
        "\(outcome.error)")
      #expect(try DurableFile.read(path) == good)
    } else {
      #expect(outcome.code == code)
      #expect(try DurableFile.read(path) == edited)
    }
  }

  @Test(arguments: [
    ("nginx", "1.22.1-9", "the package nginx 1.22.1-9 all"), ("django", "5.0", "django-5.0-py3-none-any.whl"),
  ])
  func `is refused at bake where a version is another, also of what is stored`(
    name: String, version: String, found: String
  ) async throws {
    try await lock()
    #expect(try await run("fetch", "--quiet").code == 0)
    try edit(
      "\"name\": \"\(name)\", \"version\": \"\(version)\"", "\"name\": \"\(name)\", \"version\": \"9\"")
    let error = """
      error: the lockfile pins \(name) 9, and its digest is that of \(found)
      hint: undo the change where the lockfile was edited, or remove it and run 'hardtack lock'

      """
    #expect(try await run("bake", "--quiet") == Program.Outcome(code: 4, output: "", error: error))
  }

  @Test func `is refused where a version or a digest is another`() async throws {
    try await lock()
    let good = try DurableFile.read(path)
    try edit(
      "\"name\": \"nginx\", \"version\": \"1.22.1-9\"", "\"name\": \"nginx\", \"version\": \"1.22.1-8\"")
    let version = try await run("fetch", "--quiet")
    #expect(
      version
        == Program.Outcome(
          code: 4, output: "",
          error: """
            error: the lockfile pins nginx 1.22.1-8, and its digest is that of the package nginx 1.22.1-9 all
            hint: undo the change where the lockfile was edited, or remove it and run 'hardtack lock'

            """))
    try DurableFile.write(good, to: path)
    let digest = try await run("fetch", "--quiet", "--json")
    #expect(digest.code == 0)
    #expect(digest.output.contains("\"total\" : 8"), "\(digest.output)")

    let line = try #require(
      String(decoding: good, as: UTF8.self).split(separator: "\n").first { $0.contains("\"nginx-common\"") })
    let parts = line.split(separator: "\"sha256\": \"")
    let hexadecimal = String(try #require(parts.last).prefix(64))
    try edit(hexadecimal, String(repeating: "ab", count: 32))
    let changed = try await run("fetch", "--quiet")
    #expect(changed.code == 4 && changed.output.isEmpty)
    #expect(
      changed.error.hasPrefix(
        "error: nginx-common 1.22.1-9 from 127.0.0.1 isn't what is pinned: "), "\(changed.error)")
    let baked = try await run("bake", "--quiet")
    #expect(
      baked
        == Program.Outcome(
          code: 5, output: "",
          error: "error: nginx-common 1.22.1-9 is not in the store\nhint: run 'hardtack fetch RECIPE'\n"))
  }

  @Test func `says at bake what isn't in the store`() async throws {
    try await lock()
    let outcome = try await run("bake", "--quiet")
    #expect(outcome.code == 5 && outcome.output.isEmpty)
    #expect(
      outcome.error == """
        error: base-files 12.4 and 7 more artifacts are not in the store
        hint: run 'hardtack fetch RECIPE'

        """)
  }
}
