import Essentials
import SystemPackage
import TestSupport
import Testing

/// `lock --export`, and `lock --upgrade` of a recipe whose wheels another tool has locked.
@Suite struct LockExportTests {
  let workshop: Workshop
  let program: Program

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
  }

  @Test func `prints the pinned wheels, and needs a lockfile that fits`() async throws {
    let path = workshop.recipe.string
    let none = try await program.run("lock", path, "--export", "requirements")
    #expect(
      none
        == Program.Outcome(
          code: 3, output: "",
          error: "error: the recipe 'demo' has no lockfile yet\nhint: run 'hardtack lock RECIPE'\n"))
    try #require(try await program.run("lock", path, "--quiet").code == 0)
    let requests = workshop.server.log.count
    let requirements = try await program.run("lock", path, "--export", "requirements")
    #expect(requirements.code == 0 && requirements.error.isEmpty)
    #expect(requirements.output.hasPrefix("django==5.0 \\\n    --hash=sha256:"), "\(requirements.output)")
    #expect(requirements.output.hasSuffix("    # via django\n"), "\(requirements.output)")
    let pylock = try await program.run("lock", path, "--export", "pylock")
    #expect(pylock.code == 0 && pylock.error.isEmpty)
    #expect(pylock.output.hasPrefix("lock-version = \"1.0\"\n"), "\(pylock.output)")
    #expect(!pylock.output.contains("http"))
    #expect(workshop.server.log.count == requests)
  }

  @Test func `says that an upgrade doesn't move what another tool has locked`() async throws {
    let path = workshop.recipe.string
    try #require(try await program.run("lock", path, "--quiet").code == 0)
    let pylock = try await program.run("lock", path, "--export", "pylock")
    try DurableFile.write(Array(pylock.output.utf8), to: workshop.recipe.appending("pylock.toml"))
    try workshop.write(Workshop.recipeText.replacing("[django]", with: "pylock.toml"))
    try #require(try await program.run("lock", path, "--quiet").code == 0)
    try await workshop.index.publish(Workshop.wheels + [WheelIndex.Wheel("django-5.1-py3-none-any.whl")])
    let said =
      "wheels stay as pylock.toml pins them; to move them, write it anew with the tool that made it\n"
    for names in [[], ["django"]] {
      let outcome = try await program.run(["lock", path, "--upgrade"] + names)
      #expect(outcome.code == 0 && outcome.output.isEmpty)
      #expect(outcome.error.hasSuffix("RECIPE/recipe.lock: nothing moved\n" + said), "\(outcome.error)")
    }
    let package = try await program.run("lock", path, "--upgrade", "nginx")
    #expect(package.error.hasSuffix("RECIPE/recipe.lock: nothing moved\n"), "\(package.error)")
  }
}
