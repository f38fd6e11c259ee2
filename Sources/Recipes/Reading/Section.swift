/// A mapping of the recipe: the keys that it must and may have.
///
/// The reader and the test that compares it with the JSON Schema both go by these.
package struct Section: Sendable {
  /// As an error names it; the empty name is the recipe itself.
  package var name: String
  package var required: [String]
  package var optional: [String]
  /// What the file is, as an error names it.
  var document = "recipe"

  package var keys: [String] { required + optional }

  static let recipe = Section(
    name: "", required: ["name", "base"],
    optional: [
      "packages", "recommends", "archives", "pins", "python", "application", "files", "services", "secrets",
      "state",
      "checks", "gates", "sanity", "swap",
    ])
  static let base = Section(
    name: "base", required: ["distribution", "suite", "architecture"], optional: ["variant"])
  static let archive = Section(
    name: "archives", required: ["name", "url", "suite", "components", "signed-by"], optional: [])
  static let pin = Section(name: "pins", required: ["packages", "pin", "priority"], optional: [])
  static let python = Section(
    name: "python", required: ["requirements"],
    optional: ["environment", "constraints", "build", "build-packages"])
  static let application = Section(
    name: "application", required: ["source", "destination"], optional: ["exclude", "build"])
  static let build = Section(name: "build", required: ["run"], optional: ["inputs"])
  static let file = Section(
    name: "files", required: ["source", "destination"], optional: ["mode", "owner", "group"])
  static let services = Section(name: "services", required: [], optional: ["enable", "disable"])
  static let secret = Section(
    name: "secrets", required: ["name", "template"], optional: ["owner", "mode", "values"])
  static let value = Section(name: "values", required: ["name"], optional: ["default"])
  static let check = Section(name: "checks", required: ["run"], optional: ["name", "inputs"])
  static let gates = Section(name: "gates", required: [], optional: ["silence", "setuid"])
  static let silence = Section(
    name: "silence", required: [], optional: Recipe.BuiltInGate.allCases.map(\.rawValue))
  static let sanity = Section(name: "sanity", required: ["get"], optional: ["status", "port", "within"])
  static let swap = Section(name: "swap", required: [], optional: ["migrate", "standby", "finish"])

  /// Every section there is.
  package static let all: [Section] = [
    recipe, base, archive, pin, python, application, build, file, services, secret, value, check, gates,
    silence, sanity, swap,
  ]
}
