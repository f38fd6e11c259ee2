import Essentials
import Glibc
import Recipes
import SystemPackage
import TestSupport
import Testing

/// The JSON Schema that editors check recipes by, against the reader that decides.
@Suite struct RecipeSchemaTests {
  private static let repository = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()
  private static let schema = repository.appending("docs").appending("recipe.schema.json").string

  /// Python with `jsonschema` and PyYAML, installed once into the build folder.
  private static let python = Task { () async throws -> String in
    let folder = repository.appending(".build/test-tools/jsonschema")
    let ready = folder.appending("ready-1")
    if access(ready.string, F_OK) != 0 {
      try DurableFile.createFolder(folder.removingLastComponent())
      _ = try await Command("python3", ["-m", "venv", "--clear", folder.string]).output()
      let pip = folder.appending("bin/pip").string
      _ = try await Command(pip, ["install", "--quiet", "jsonschema", "pyyaml"]).output()
      try DurableFile.write([], to: ready)
    }
    return folder.appending("bin/python").string
  }

  private static func run(_ script: String, _ arguments: [String] = [], input: String = "") async throws
    -> String
  {
    let command = Command(
      try await python.value, ["-c", script, schema] + arguments, input: Array(input.utf8))
    return String(decoding: try await command.output(), as: UTF8.self)
  }

  /// Whether the schema accepts each of `recipes`.
  private static func verdicts(_ recipes: [String]) async throws -> [Bool] {
    let script = """
      import sys, json, yaml, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      validator = jsonschema.Draft202012Validator(schema)
      for text in sys.stdin.read().split("\\0"):
          try:
              print(validator.is_valid(yaml.safe_load(text)))
          except yaml.YAMLError:
              print("False")
      """
    let answer = try await run(script, input: recipes.joined(separator: "\0"))
    return answer.split(separator: "\n").map { $0 == "True" }
  }

  @Test func `accepts what the reader accepts`() async throws {
    let logic = Self.repository.appending("recipes/logic/recipe.yaml")
    _ = try Recipe.load(logic)
    let recipes = [
      RecipeTests.full, RecipeFixture.least, String(decoding: try DurableFile.read(logic), as: UTF8.self),
    ]
    #expect(try await Self.verdicts(recipes) == [true, true, true])
  }

  @Test func `refuses what has a wrong key or type`() async throws {
    // YAML 1.1, which most editors read, takes these for what is wanted.
    let tolerated = ["recommends: yes", "port: 0x50"]
    let cases = (RecipeFaultTests.keys + RecipeFaultTests.types).map(\.text).filter { text in
      !tolerated.contains { text.contains($0) } && !text.contains("packages: []\npackages: []")
    }
    #expect(cases.count > 30)
    for (text, isAccepted) in zip(cases, try await Self.verdicts(cases)) { #expect(!isAccepted, "\(text)") }
  }

  @Test func `knows the reader's keys, and no others`() async throws {
    let script = """
      import sys, json
      schema = json.load(open(sys.argv[1]))
      for name, part in [("", schema)] + list(schema["$defs"].items()):
          assert part["additionalProperties"] is False
          assert all("$ref" in key or "description" in key for key in part["properties"].values()), name
          required = sorted(part.get("required", []))
          print(name, ",".join(sorted(part["properties"])), ",".join(required), sep=";")
      """
    let sections = Section.all.map { section in
      [
        section.name, section.keys.sorted().joined(separator: ","),
        section.required.sorted().joined(separator: ","),
      ]
      .joined(separator: ";")
    }
    let schema = try await Self.run(script).split(separator: "\n").map(String.init)
    #expect(schema.sorted() == sections.sorted())
  }

  /// Every example is itself what the schema says.
  @Test func `gives examples that hold`() async throws {
    let script = """
      import sys, json, jsonschema
      schema = json.load(open(sys.argv[1]))
      count = 0
      def walk(part):
          global count
          if isinstance(part, dict):
              for value in part.get("examples", []):
                  jsonschema.Draft202012Validator({**part, "$defs": schema["$defs"]}).validate(value)
                  count += 1
              for value in part.values(): walk(value)
          elif isinstance(part, list):
              for value in part: walk(value)
      walk({"properties": schema["properties"], "$defs": schema["$defs"]})
      print(count)
      """
    let count = Int(try await Self.run(script).dropLast())
    #expect(count ?? 0 > 20)
  }
}
