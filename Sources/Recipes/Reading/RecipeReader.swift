import DebianPackages
import Essentials
import Images
import SystemPackage

/// Turns the nodes of a recipe into its parts.
struct RecipeReader {
  let file: FilePath
  let folder: RecipeFolder
  /// The digest of the file.
  let digest: Digest

  func recipe(_ node: YAMLNode) throws(Diagnostic) -> Recipe {
    let fields = try Fields(node, of: .recipe)
    let name = try fields.required("name").word("a recipe's name", also: "-", atMost: 63)
    let base = try base(try fields.required("base"))
    var packages: [Located<PackageRequest>] = []
    for element in try fields["packages"]?.elements() ?? [] { packages.append(try package(element)) }
    try requireDistinct("the package", packages.map { $0.map(\.description) })
    let archives = try each(fields["archives"]) { field throws(Diagnostic) in try archive(field) }
    try requireDistinct("the archive", archives.map { $0.map(\.name) })
    let pins = try each(fields["pins"]) { field throws(Diagnostic) in try pin(field) }
    let python = try fields["python"].map { field throws(Diagnostic) in try self.python(field) }
    let application = try fields["application"].map { field throws(Diagnostic) in try self.application(field)
    }
    let files = try each(fields["files"]) { field throws(Diagnostic) in try bakedFile(field) }
    try requireDistinct("the destination", files.map { $0.map(\.destination.string) })
    let secrets = try each(fields["secrets"]) { field throws(Diagnostic) in try secret(field) }
    try requireDistinct("the secret", secrets.map { $0.map(\.name) })
    let recipe = Recipe(
      name: name, file: file, folder: folder, digest: digest, base: base, packages: packages,
      recommends: try fields["recommends"]?.truth() ?? false, archives: archives, pins: pins, python: python,
      application: application, files: files,
      services: try fields["services"].map { field throws(Diagnostic) in try services(field) }
        ?? Recipe.Services(),
      secrets: secrets, state: try state(fields["state"]),
      checks: try each(fields["checks"]) { field throws(Diagnostic) in try gate(field) },
      gates: try fields["gates"].map { field throws(Diagnostic) in try builtInGates(field) }
        ?? Recipe.Gates(),
      sanity: try each(fields["sanity"]) { field throws(Diagnostic) in try sanity(field) },
      swap: try fields["swap"].map { field throws(Diagnostic) in try swap(field) })
    try requireOrderable(recipe)
    try requireSeparate(recipe)
    return recipe
  }

  /// The elements of a list, each read by `read`; none where the key is absent.
  private func each<Value>(
    _ field: Field?, _ read: (Field) throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> [Located<Value>] {
    var values: [Located<Value>] = []
    for element in try field?.elements() ?? [] {
      values.append(Located(try read(element), at: element.location))
    }
    return values
  }

  private func base(_ field: Field) throws(Diagnostic) -> Recipe.Base {
    let fields = try Fields(field.node, of: .base)
    let suite = try fields.required("suite")
    return Recipe.Base(
      distribution: try fields.required("distribution").choice(Recipe.Base.Distribution.self),
      suite: try suite.word("a suite's codename", also: "-.", atMost: 64),
      architecture: try fields.required("architecture").choice(Architecture.self),
      variant: try fields["variant"]?.choice(Recipe.Base.Variant.self) ?? .minbase, location: suite.location)
  }

  func package(_ field: Field) throws(Diagnostic) -> Located<PackageRequest> {
    let text = try field.text().value
    do throws(Diagnostic) {
      return Located(try PackageRequest(parsing: text), at: field.location)
    } catch {
      var refusal = error
      refusal.location = field.location
      throw refusal
    }
  }

  private func archive(_ field: Field) throws(Diagnostic) -> Recipe.ArchiveSource {
    let fields = try Fields(field.node, of: .archive)
    var components: [String] = []
    let list = try fields.required("components")
    for element in try list.elements() {
      components.append(try element.word("a component", also: "-./", atMost: 64))
    }
    guard !components.isEmpty else {
      throw list.wrong("is empty", hint: "an archive has at least one, often 'main'")
    }
    let keyField = try fields.required("signed-by")
    let key = try folder.path(keyField).value
    guard !key.isFolder else { throw keyField.wrong("must name a file, not the folder '\(key.relative)'") }
    return Recipe.ArchiveSource(
      name: try fields.required("name").word("an archive's name", also: "-.", atMost: 64),
      url: try url(try fields.required("url")),
      suite: try fields.required("suite").word("a suite", also: "-./", atMost: 64), components: components,
      signedBy: key, key: Digest(of: try DurableFile.read(key.real, limit: 1 << 20)))
  }

  private func pin(_ field: Field) throws(Diagnostic) -> PackagePins.Rule {
    let fields = try Fields(field.node, of: .pin)
    let list = try fields.required("packages")
    var packages: [String] = []
    for element in try list.elements() {
      let isGeneral = try element.text().value == "*"
      packages.append(
        isGeneral ? "*" : try element.word("a package's name or pattern", also: "-+.*?", atMost: 128))
    }
    guard !packages.isEmpty else { throw list.wrong("is empty", hint: "for all packages, write [\"*\"]") }
    guard packages == ["*"] || !packages.contains("*") else {
      throw list.wrong("names all packages, and others beside them", hint: "leave the others out")
    }
    let pin = try fields.required("pin").text()
    let target: PackagePins.Rule.Target
    do throws(Diagnostic) { target = try PackagePins.Rule.Target(parsing: pin.value) } catch {
      var refusal = error
      refusal.location = pin.location
      throw refusal
    }
    if case .version = target, packages == ["*"] {
      throw list.wrong("names all packages, and the pin one version", hint: "name the packages that have it")
    }
    let priority = try fields.required("priority")
    let number = try priority.number(in: -32768...32767)
    guard number != 0 else {
      throw priority.wrong("is 0, which means nothing to apt", hint: "to forbid versions, write -1")
    }
    return PackagePins.Rule(packages: packages, target: target, priority: number)
  }

  private func url(_ field: Field) throws(Diagnostic) -> String {
    var text = try field.text().value
    guard let scheme = ["http://", "https://", "file:///"].first(where: text.hasPrefix),
      text.utf8.count > scheme.utf8.count, text.utf8.allSatisfy({ (33...126).contains($0) })
    else {
      throw field.wrong("must be an http, https or file URL, not '\(text)'")
    }
    guard !text.dropFirst(scheme.count).prefix(while: { $0 != "/" }).contains("@") else {
      throw field.wrong(
        "holds a user or a password", hint: "keep credentials out of the recipe: apt's auth.conf takes them")
    }
    while text.hasSuffix("/") { text.removeLast() }
    return text
  }

  private func bakedFile(_ field: Field) throws(Diagnostic) -> Recipe.BakedFile {
    let fields = try Fields(field.node, of: .file)
    let owner = try fields["owner"]?.account() ?? "root"
    return Recipe.BakedFile(
      source: try folder.path(try fields.required("source")).value,
      destination: try imagePath(try fields.required("destination")),
      mode: try fields["mode"]?.mode() ?? FilePermissions(rawValue: 0o644), owner: owner,
      group: try fields["group"]?.account() ?? owner)
  }

  private func gate(_ field: Field) throws(Diagnostic) -> Recipe.Gate {
    guard field.isMapping else {
      let run = try field.command()
      return Recipe.Gate(run: run, name: run, inputs: nil)
    }
    let fields = try Fields(field.node, of: .check)
    let run = try fields.required("run").command()
    return Recipe.Gate(
      run: run, name: try fields["name"]?.text().value ?? run,
      inputs: fields["inputs"] == nil ? nil : try globs(fields["inputs"]))
  }
}
