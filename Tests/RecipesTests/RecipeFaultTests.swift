import Recipes
import Testing

/// Recipes that aren't as they should be, and what a person reads then.
@Suite struct RecipeFaultTests {
  /// A recipe and its error. Where `text` isn't the whole recipe it stands behind the five lines of
  /// `RecipeFixture.least`, from line 6 on.
  struct Case: CustomTestStringConvertible, Sendable {
    var text: String
    var error: String

    init(_ text: String, _ error: String) {
      self.text = RecipeFixture.least + text + "\n"
      self.error = error
    }

    init(whole text: String, _ error: String) {
      self.text = text.isEmpty ? "" : text + "\n"
      self.error = error
    }

    var testDescription: String { error.split(separator: "\n").first.map(String.init) ?? text }
  }

  private let fixture: RecipeFixture

  init() throws {
    fixture = try RecipeFixture()
    try fixture.prepareFaults()
  }

  @Test(arguments: keys)
  func `points at keys that are unknown, missing or doubled`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }

  @Test(arguments: yaml)
  func `takes YAML only where it means what it looks like`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }

  @Test(arguments: types)
  func `refuses values of another type`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }

  @Test(arguments: paths)
  func `refuses paths that lead elsewhere`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }

  @Test(arguments: requests)
  func `refuses what cannot be asked for`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }

  @Test(arguments: secrets)
  func `holds secrets and their templates against each other`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }

  @Test(arguments: requirementsFiles)
  func `points into requirements files`(_ bad: Case) {
    #expect(fixture.fault(bad.text) == bad.error)
  }
}

extension RecipeFaultTests {
  static let keys: [Case] = [
    Case(
      "pacakges: []",
      """
      recipe.yaml:6:1: unknown key 'pacakges'
      hint: did you mean 'packages'?
      """),
    Case(
      #""a\nb\e[1m": 1"#,
      #"""
      recipe.yaml:6:1: unknown key 'a\u{a}b\u{1b}[1m'
      hint: the keys here are 'name', 'base', 'packages', 'recommends', 'archives', 'pins', 'python', 'application', 'files', 'services', 'secrets', 'state', 'checks', 'gates', 'sanity', 'swap'
      """#),
    Case(
      "colour: red",
      """
      recipe.yaml:6:1: unknown key 'colour'
      hint: the keys here are 'name', 'base', 'packages', 'recommends', 'archives', 'pins', 'python', 'application', 'files', 'services', 'secrets', 'state', 'checks', 'gates', 'sanity', 'swap'
      """),
    Case(
      """
      packages: []
      packages: []
      """,
      """
      recipe.yaml:7:1: the key 'packages' stands here a second time
      hint: it first stands in line 6; remove one of them
      """),
    Case(
      "services: {enabel: [nginx]}",
      """
      recipe.yaml:6:12: unknown key 'enabel' in 'services'
      hint: did you mean 'enable'?
      """),
    Case(
      "python: {environment: /opt/venv}",
      """
      recipe.yaml:6:9: 'python' lacks the key 'requirements'
      hint: add 'requirements' to it
      """),
    Case(
      whole: "name: logic",
      """
      recipe.yaml:1:1: the recipe lacks the key 'base'
      hint: add 'base' to it
      """),
    Case(
      whole: "base: 1",
      """
      recipe.yaml:1:1: the recipe lacks the key 'name'
      hint: add 'name' to it
      """),
    Case(
      whole: "- name",
      """
      recipe.yaml:1:1: a recipe must be a mapping, not a list
      hint: its keys are 'name', 'base', 'packages', 'recommends', 'archives', 'pins', 'python', 'application', 'files', 'services', 'secrets', 'state', 'checks', 'gates', 'sanity', 'swap'
      """),
    Case(
      whole: "",
      """
      recipe.yaml:1:1: the recipe is empty
      hint: it needs 'name' and 'base' at least
      """),
    Case(
      whole: "# nothing",
      """
      recipe.yaml:1:1: the recipe is empty
      hint: it needs 'name' and 'base' at least
      """),
    Case(
      whole: """
        name: logic
        base: {distribution: debian, suite: bookworm}
        """,
      """
      recipe.yaml:2:7: 'base' lacks the key 'architecture'
      hint: add 'architecture' to it
      """),
    Case(
      """
      ? [a]
      : b
      """,
      "recipe.yaml:6:3: a key must be text, not a list"),
    Case(
      """
      files: [{source: app, destination: /a, permissions: "0644"}]
      """,
      """
      recipe.yaml:6:40: unknown key 'permissions' in 'files'
      hint: the keys here are 'source', 'destination', 'mode', 'owner', 'group'
      """),
    Case(
      "services: [nginx]",
      """
      recipe.yaml:6:11: 'services' must be a mapping, not a list
      hint: its keys are 'enable', 'disable'
      """),
  ]

  static let requirementsFiles: [Case] = [
    Case(
      "python: {requirements: index.in}",
      """
      index.in:2: a requirements file may not say '--index-url': lockfiles pin content, not places
      hint: remove the line; the index is the one that pip is configured for on this machine
      """),
    Case(
      "python: {requirements: bad.in}",
      "bad.in:2: 'django >< 5' is no requirement: expected a version specifier such as '>=1.2' at column 8, found '>< 5'"
    ),
    Case(
      "python: {requirements: away.in}",
      """
      away.in:1: '-r' leaves the recipe's folder: '../other.in'
      hint: copy what the recipe needs into its folder
      """),
    Case(
      "python: {requirements: missing.in}",
      """
      missing.in:2: '-c' names 'requirements.im', which doesn't exist
      hint: did you mean 'requirements.in' or 'requirement.in'?
      """),
    Case(
      "python: {requirements: editable.in}",
      """
      editable.in:1: an editable requirement can't be pinned
      hint: make what it names part of the application, or build a wheel of it
      """),
    Case(
      "python: {requirements: hash.in}",
      "hash.in:1: 'sha256:12' is no SHA-256"),
    Case(
      "python: {requirements: md5.in}",
      """
      md5.in:1: none of the hashes is a SHA-256
      hint: write --hash=sha256: and 64 digits
      """),
    Case(
      "python: {requirements: option.in}",
      "option.in:1: the option '--pre' isn't taken in a requirements file"),
    Case(
      "python: {requirements: requirement.in}",
      "requirement.in:1: the option '--config-settings=a' isn't taken behind a requirement"),
  ]
}
