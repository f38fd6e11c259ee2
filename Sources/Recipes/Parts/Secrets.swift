import Essentials
import Images
import SystemPackage

extension RecipeReader {
  /// Longer names than this don't fit QEMU's limit of 55 bytes for `opt/io.systemd.credentials/NAME`.
  static let longestSecretName = 28

  /// A secret with its template's text, each place of which is one of its values and the other way round.
  func secret(_ field: Field) throws(Diagnostic) -> SecretDeclaration {
    let fields = try Fields(field.node, of: .secret)
    let name = try fields.required("name").word(
      "a secret's name", also: "-._", atMost: Self.longestSecretName)
    let templateField = try fields.required("template")
    let path = try folder.path(templateField).value
    guard !path.isFolder else {
      throw templateField.wrong("must name a file, not the folder '\(path.relative)'")
    }
    guard let text = String(validating: try DurableFile.read(path.real, limit: 256 << 10), as: UTF8.self)
    else {
      throw templateField.wrong("names '\(path.relative)', which isn't UTF-8 text")
    }
    let shown = file.removingLastComponent().pushing(path.relative).string
    let template = try SecretTemplate(parsing: text, file: shown)
    let values = try fields["values"]?.elements() ?? []
    var declared: [Located<SecretDeclaration.Value>] = []
    for element in values { declared.append(try value(element)) }
    try requireDistinct("the value", declared.map { $0.map(\.name) })
    let names = declared.map(\.value.name)
    for place in template.places where !names.contains(place.name) {
      throw Diagnostic(
        .usage, "'\(place.name)' isn't among the values of the secret '\(name)'",
        at: Diagnostic.Location(file: shown, line: place.line, column: place.column),
        hints: [
          NearestName.hint(for: place.name, among: names)
            ?? "add '\(place.name)' to the secret's 'values' in \(field.location)"
        ])
    }
    for value in declared where !template.names.contains(value.value.name) {
      throw Diagnostic(
        .usage, "the template \(shown) has no place for '\(value.value.name)'", at: value.location,
        hints: [
          NearestName.hint(for: value.value.name, among: template.names)
            ?? "write {{ \(value.value.name) }} where the value belongs, or remove it here"
        ])
    }
    return SecretDeclaration(
      name: name, template: text, values: declared.map(\.value), owner: try fields["owner"]?.account(),
      mode: try fields["mode"].map { field throws(Diagnostic) in try field.mode().octal })
  }

  private func value(_ field: Field) throws(Diagnostic) -> Located<SecretDeclaration.Value> {
    var nameField = field
    var fallback: String?
    if field.isMapping {
      let fields = try Fields(field.node, of: .value)
      nameField = try fields.required("name")
      fallback = try fields["default"]?.possiblyEmptyText()
    }
    let name = try nameField.text().value
    guard SecretTemplate.isName(name) else {
      throw nameField.wrong(
        "is '\(name)', which can't be a value's name",
        hint: "a name has letters, digits and underscores, no digit first")
    }
    return Located(SecretDeclaration.Value(name: name, fallback: fallback), at: nameField.location)
  }
}
