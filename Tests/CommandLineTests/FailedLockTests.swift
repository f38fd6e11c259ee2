import Essentials
import SystemPackage
import TestSupport
import Testing

/// Locks that fail: the lockfile so far stays, byte by byte, and nothing else is left beside it.
@Suite struct FailedLockTests {
  let workshop: Workshop
  let program: Program
  let path: FilePath

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
    path = workshop.recipe.appending("recipe.lock")
  }

  enum Trouble: CaseIterable {
    case tampered, unknownKey, unsigned, wrongIndex, truncatedIndex, expired, noSuite, noProject, noPackage
  }

  private func make(_ trouble: Trouble) async throws -> Int32 {
    func publish(_ fault: DebianArchive.Fault) async throws {
      try await workshop.archive.publish(
        Workshop.codename, Workshop.packages + [DebianArchive.Package("new", "1")],
        date: DebianArchive.date + 60, fault: fault)
    }
    switch trouble {
    case .tampered: try await publish(.tampered)
    case .unknownKey: try await publish(.unknownKey)
    case .unsigned: try await publish(.unsigned)
    case .wrongIndex: try await publish(.wrongIndex)
    case .truncatedIndex: try await publish(.truncatedIndex)
    case .expired:
      try await workshop.archive.publish(
        Workshop.codename, Workshop.packages, validUntil: DebianArchive.date + 60)
    case .noSuite:
      try workshop.server.set(["/archive/dists/harbour/InRelease": .absent])
      return 5
    case .noProject:
      try workshop.write(Workshop.recipeText.replacing("[django]", with: "[djngo]"))
      return 3
    case .noPackage:
      try workshop.write(Workshop.recipeText.replacing("[nginx,", with: "[ngnix,"))
      return 3
    }
    return 4
  }

  @Test(arguments: Trouble.allCases)
  func `leave the earlier lockfile as it was`(_ trouble: Trouble) async throws {
    try #require(try await program.run("lock", workshop.recipe.string, "--quiet").code == 0)
    let before = try DurableFile.read(path)
    let code = try await make(trouble)
    let outcome = try await program.run("lock", workshop.recipe.string, "--upgrade", "--quiet")
    #expect(outcome.code == code, "\(outcome.error)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("error: "))
    #expect(outcome.error.contains("\nhint: "), "\(outcome.error)")
    #expect(try DurableFile.read(path) == before)
    #expect(try await listing(workshop.recipe) == ["recipe.lock", "recipe.yaml"])
  }
}
