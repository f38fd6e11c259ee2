import Essentials
import SystemPackage
import TestSupport
import Testing

/// What the program says of a command line that isn't as it should be.
@Suite struct UsageTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(folder)
  }

  @Test(arguments: [[], ["--help"], ["help"]])
  func `shows what there is`(_ arguments: [String]) async throws {
    let outcome = try await program.run(arguments)
    #expect(outcome.code == 0)
    #expect(outcome.error.isEmpty)
    for verb in ["lock", "fetch", "bake", "boot", "show", "why", "pools", "stop", "logs", "console", "store"]
    {
      #expect(outcome.output.contains("\n  \(verb) "), "\(verb)")
    }
    #expect(outcome.output.contains("Exit codes: 0 done"))
  }

  @Test func `says its version`() async throws {
    let outcome = try await program.run("--version")
    #expect(outcome == Program.Outcome(code: 0, output: "0.1.0\n", error: ""))
  }

  @Test(arguments: [
    ["lok"], ["lock"], ["lock", "a", "--upgarde"], ["boot", "v1", "--count", "0"],
    ["boot", "v1", "--memory", "1"],
    ["boot", "v1", "--count", "many"], ["boot", "v1", "--role", "prod"], ["bake", "a", "--release", "a/b"],
    ["lock", "a", "--check", "--upgrade"], ["lock", "a", "--export", "toml"],
    ["lock", "a", "--export", "pylock", "--check"], ["lock", "a", "nginx"], ["store", "tidy"],
  ])
  func `refuses with 64, says how it's meant, and does nothing`(_ arguments: [String]) async throws {
    let outcome = try await program.run(arguments)
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("error: "), "\(outcome.error)")
    #expect(outcome.error.contains("Usage: hardtack"), "\(outcome.error)")
    #expect(try await listing(folder.path).isEmpty)
  }

  @Test func `says which command was meant`() async throws {
    let outcome = try await program.run("lok")
    #expect(
      outcome.error == """
        error: unexpected argument 'lok'
        hint: did you mean 'lock'?
        Usage: hardtack <subcommand>
          See 'hardtack --help' for more information.

        """)
  }

  @Test(arguments: [
    (["boot", "v1", "--count", "0"], "error: --count takes a number from 1 to 64"),
    (["boot", "v1", "--memory", "1"], "error: --memory takes 256 MiB or more"),
    (["lock", "a", "--check", "--upgrade"], "error: --check and --upgrade exclude each other"),
    (["lock", "a", "--upgarde"], "error: unknown option '--upgarde'. Did you mean '--upgrade'?"),
    (["lock"], "error: missing expected argument '<recipe>'"),
    (
      ["bake", "a", "--release", "a/b"],
      "error: a release's name has letters, digits, '.', '_' and '-', and begins with a letter or digit"
    ),
  ])
  func `says what a value may be`(_ arguments: [String], _ message: String) async throws {
    let outcome = try await program.run(arguments)
    #expect(outcome.error.split(separator: "\n").first.map(String.init) == message)
  }

  @Test(arguments: [
    (["lock", "nowhere"], "error: there is no recipe at nowhere\n"),
    (["fetch", "nowhere"], "error: there is no recipe at nowhere\n"),
    (["bake", "nowhere"], "error: there is no recipe at nowhere\n"),
    (["lock", "."], "error: the folder . holds no recipe.yaml\n"),
  ])
  func `says where there is no recipe`(_ arguments: [String], _ message: String) async throws {
    let outcome = try await program.run(arguments)
    let hint = "hint: name a folder that holds a recipe.yaml, as in recipes/logic\n"
    #expect(outcome == Program.Outcome(code: 64, output: "", error: message + hint))
    #expect(try await listing(folder.path).isEmpty)
  }

  @Test(arguments: [["stop", "web"], ["logs", "web"], ["console", "web"]])
  func `says that there is no such pool`(_ arguments: [String]) async throws {
    let outcome = try await program.run(arguments)
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("error: there is no "), "\(outcome.error)")
    #expect(outcome.error.hasSuffix("'web'\nhint: 'hardtack boot' starts one\n"), "\(outcome.error)")
    #expect(try await listing(folder.path).isEmpty)
  }

  @Test(arguments: [
    ["show", "v1"], ["why", "v1", "/etc"], ["boot", "v1"], ["store", "verify"], ["store", "gc"],
    ["store", "stats"],
  ])
  func `makes no store where it only looks at one`(_ arguments: [String]) async throws {
    let outcome = try await program.run(arguments)
    let error = """
      error: there is no store in FOLDER/cache/hardtack
      hint: name the store with --store or HARDTACK_STORE, or run 'hardtack fetch' to make one

      """
    #expect(outcome == Program.Outcome(code: 1, output: "", error: error))
    #expect(try await listing(folder.path).isEmpty)
  }

  @Test func `shows no pools where there are none`() async throws {
    #expect(
      try await program.run("pools", "--json") == Program.Outcome(code: 0, output: "[\n\n]\n", error: ""))
    #expect(try await program.run("pools").error == "no pools; 'hardtack boot' starts one\n")
    #expect(try await listing(folder.path).isEmpty)
  }
}
