import Essentials
import SystemPackage
import TestSupport
import Testing

/// `lock --as-of`.
@Suite struct LockAsOfTests {
  let workshop: Workshop
  let program: Program

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
  }

  /// Locks on 1 November 2025 and, when libc6 and django have moved, on the day after.
  /// - Returns: the two lockfiles' texts.
  private func lockTwice() async throws -> (first: [UInt8], second: [UInt8]) {
    let path = workshop.recipe.string
    let lockfile = workshop.recipe.appending("recipe.lock")
    try #require(try await program.run("lock", path, "--quiet").code == 0)
    let first = try DurableFile.read(lockfile)
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages.filter { $0.name != "libc6" } + [.init("libc6", "2.36-10")],
      date: DebianArchive.date + 86_400)
    try await workshop.index.publish(
      Workshop.wheels + [.init("django-5.1-py3-none-any.whl", uploaded: "2025-11-02T12:00:00Z")])
    try #require(try await program.run("lock", path, "--quiet", "--upgrade").code == 0)
    return (first, try DurableFile.read(lockfile))
  }

  @Test(arguments: ["2025-11-01", "2025-11-01T12:00:00Z", "2025-11-02T11:59:59Z"])
  func `writes the lockfile of that day again, and says what moves back`(_ moment: String) async throws {
    let (first, second) = try await lockTwice()
    try #require(first != second)
    let outcome = try await program.run("lock", workshop.recipe.string, "--as-of", moment)
    #expect(outcome.code == 0, "\(outcome.error)")
    #expect(outcome.output == "libc6 2.36-10 → 2.36-9\ndjango 5.1 → 5.0\nsqlparse 0.4 added\n")
    #expect(try DurableFile.read(workshop.recipe.appending("recipe.lock")) == first)
  }

  @Test func `says where the store doesn't go back as far, and leaves the lockfile alone`() async throws {
    let (_, second) = try await lockTwice()
    let outcome = try await program.run("lock", workshop.recipe.string, "--as-of", "2025-10-31")
    #expect(outcome.code == 5 && outcome.output.isEmpty)
    #expect(
      outcome.error.contains(
        "the store keeps no Release file of harbour from 2025-10-31T23:59:59Z or before\n"),
      "\(outcome.error)")
    #expect(
      outcome.error.hasSuffix("hint: the oldest that it has is of 2025-11-01T12:00:00Z\n"), "\(outcome.error)"
    )
    #expect(try DurableFile.read(workshop.recipe.appending("recipe.lock")) == second)
  }

  @Test(arguments: [
    ["--as-of", "yesterday"], ["--as-of", "2025-02-30"], ["--as-of", "2025-11-01", "--check"],
    ["--as-of", "2025-11-01", "--export", "pylock"],
  ])
  func `takes a day or a moment, and nothing that contradicts it`(_ arguments: [String]) async throws {
    let outcome = try await program.run(["lock", workshop.recipe.string] + arguments)
    #expect(outcome.code == 64 && outcome.output.isEmpty)
    #expect(workshop.server.log.isEmpty)
  }
}
