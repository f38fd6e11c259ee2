import Essentials
import Recipes
import SystemPackage
import Testing

@Suite struct GlobTests {
  static let patterns = [
    "*.pyc", "/static", "static", "static/", "a/*.txt", "**/b", "a/**", "a/**/b", "[ab]?", "[!a]*", "\\*",
    "*", "a*b*c",
    "x/**/y/*.css", "node_modules/", "[a-c].py",
  ]

  static let paths = [
    "x.pyc", "a/x.pyc", "static", "static/x.css", "a/static", "a/static/b", "a/x.txt", "a/b/x.txt", "b",
    "a/b", "a/c/b",
    "a/c/d/b", "ab", "ac", "cab", "*", "aXbXc", "abc", "x/y/s.css", "x/q/y/s.css", "x/q/r/y/t/s.css",
    "node_modules/m/i.js", "a.py", "d.py",
  ]

  /// git decides: a path is ignored where the pattern alone stands in `.gitignore`.
  @Test(arguments: patterns)
  func `matches what gitignore matches`(_ pattern: String) async throws {
    let fixture = try RecipeFixture()
    func git(_ arguments: [String], input: String = "") async throws -> Command.Result {
      try await Command(
        "git", ["-C", fixture.path.string] + arguments, input: Array(input.utf8)
      ).run()
    }
    #expect(try await git(["init", "-q"]).status == 0)
    try fixture.write(pattern + "\n", to: ".gitignore")
    let result = try await git(
      ["check-ignore", "--no-index", "--stdin"], input: Self.paths.map { $0 + "\n" }.joined())
    let ignored = Set(result.outputText.split(separator: "\n").map(String.init))
    let text = "application: {source: app, destination: /a, exclude: ['\(pattern)']}\n"
    let application = try #require(try fixture.read(RecipeFixture.least + text).application)
    for path in Self.paths {
      #expect(application.includes(path) == !ignored.contains(path), "\(path)")
    }
  }

  @Test func `tells folders from files where the pattern ends with a slash`() throws {
    let text = "application: {source: app, destination: /a, exclude: ['cache/']}\n"
    let application = try #require(try RecipeFixture().read(RecipeFixture.least + text).application)
    #expect(application.includes("cache"))
    #expect(!application.includes("cache", isFolder: true))
    #expect(!application.includes("a/cache/x"))
  }

  @Test func `takes time in proportion to the lengths`() throws {
    let pattern = String(repeating: "a*", count: 60) + "b"
    let text = "application: {source: app, destination: /a, exclude: ['\(pattern)']}\n"
    let application = try #require(try RecipeFixture().read(RecipeFixture.least + text).application)
    #expect(application.includes(String(repeating: "a", count: 200)))
  }
}
