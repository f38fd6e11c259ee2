import Essentials
import SystemPackage
import TestSupport
import Testing

/// Recipes with faults, at every command that reads one.
@Suite struct RecipeFaultTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(folder)
    try DurableFile.createFolder(folder.appending("recipe"))
  }

  private static let base = "name: demo\nbase: {distribution: debian, suite: harbour, architecture: amd64}\n"

  @Test(
    arguments: [["lock"], ["lock", "--check"], ["fetch"], ["bake"]],
    [
      (
        base + "packges: [nginx]\n",
        "error: recipe/recipe.yaml:3:1: unknown key 'packges'\nhint: did you mean 'packages'?\n"
      ),
      (
        base + "packages: [nginx\nstate: []\n",
        """
        error: recipe/recipe.yaml:4:6: not valid YAML: while parsing a flow sequence: did not find expected ',' or ']'
        hint: look for the end of the flow sequence that begins in line 3

        """
      ),
      (
        base + "application: {source: ../app, destination: /srv/app}\n",
        """
        error: recipe/recipe.yaml:3:23: 'source' leaves the recipe's folder: '../app'
        hint: copy what the recipe needs into its folder

        """
      ),
      (
        base + "packages: [nginx]\npackages: [vim]\n",
        """
        error: recipe/recipe.yaml:4:1: the key 'packages' stands here a second time
        hint: it first stands in line 3; remove one of them

        """
      ),
    ])
  func `are refused with their place`(_ command: [String], _ fault: (text: String, error: String))
    async throws
  {
    try DurableFile.write(Array(fault.text.utf8), to: folder.appending("recipe").appending("recipe.yaml"))
    let outcome = try await program.run([command[0], "recipe"] + command.dropFirst())
    #expect(outcome == Program.Outcome(code: 64, output: "", error: fault.error))
    #expect(try await listing(folder.path) == ["recipe/", "recipe/recipe.yaml"])
  }
}
