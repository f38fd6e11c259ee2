import Essentials
import Images
import SystemPackage

// What the booted machine is told: units, state, and what it must answer.
extension RecipeReader {
  /// Folders that hold nothing of what is baked once the machine runs.
  private static let volatile = ["dev", "proc", "run", "sys", "tmp"]

  /// A path of the image that what is baked there can be found at.
  func imagePath(_ field: Field) throws(Diagnostic) -> FilePath {
    let path = try field.destination()
    if let first = path.components.first?.string, Self.volatile.contains(first) {
      throw field.wrong("can't lie in /\(first), which a machine fills anew when it boots")
    }
    return path
  }

  func services(_ field: Field) throws(Diagnostic) -> Recipe.Services {
    let fields = try Fields(field.node, of: .services)
    let services = Recipe.Services(enable: try units(fields["enable"]), disable: try units(fields["disable"]))
    try requireDistinct("the unit", (services.enable + services.disable).map { $0.map(\.description) })
    return services
  }

  private func units(_ field: Field?) throws(Diagnostic) -> [Located<UnitName>] {
    var units: [Located<UnitName>] = []
    for element in try field?.elements() ?? [] { units.append(try unit(element)) }
    return units
  }

  private func unit(_ field: Field) throws(Diagnostic) -> Located<UnitName> {
    let text = try field.text().value
    guard let unit = UnitName(text) else {
      throw field.wrong("must be a systemd unit, and '\(text)' can't be one's name")
    }
    return Located(unit, at: field.location)
  }

  func swap(_ field: Field) throws(Diagnostic) -> Recipe.Swap {
    let fields = try Fields(field.node, of: .swap)
    return Recipe.Swap(
      migrate: try fields["migrate"].map { field throws(Diagnostic) in try orderable(field) },
      standby: try fields["standby"].map { field throws(Diagnostic) in try orderable(field) },
      finish: try fields["finish"].map { field throws(Diagnostic) in try orderable(field) })
  }

  /// A unit whose name is plain enough to be a word of an order and of the kernel's command line.
  private func orderable(_ field: Field) throws(Diagnostic) -> Located<UnitName> {
    let unit = try unit(field)
    let name = unit.value.description
    guard name.hasSuffix(".service") || name.hasSuffix(".target"), !name.hasPrefix("-"),
      name.utf8.allSatisfy({ $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ":") })
    else {
      throw field.wrong(
        "must be a service or a target, not '\(name)'",
        hint: "its name has letters, digits, '-', '_', '.' and '@'")
    }
    return unit
  }

  /// Refuses units of a swap that would start with the machine, or be one and the same.
  func requireOrderable(_ recipe: Recipe) throws(Diagnostic) {
    guard let swap = recipe.swap else { return }
    let named = [("migrate", swap.migrate), ("standby", swap.standby), ("finish", swap.finish)]
    for case (let key, let unit?) in named {
      guard let enabled = recipe.services.enable.first(where: { $0.value == unit.value }) else { continue }
      throw Diagnostic(
        .usage, "'\(key)' names \(unit.value), which starts with every machine", at: unit.location,
        hints: ["remove it from 'services.enable', line \(enabled.location.line ?? 0): a swap starts it"])
    }
    var known: [UnitName: String] = [:]
    for case (let key, let unit?) in named {
      if let other = known.updateValue(key, forKey: unit.value) {
        throw Diagnostic(
          .usage, "'\(other)' and '\(key)' name the same unit, \(unit.value)", at: unit.location)
      }
    }
  }

  func state(_ field: Field?) throws(Diagnostic) -> [Located<FilePath>] {
    var paths: [Located<FilePath>] = []
    for element in try field?.elements() ?? [] {
      let path = try imagePath(element)
      if let other = paths.first(where: { $0.value.starts(with: path) || path.starts(with: $0.value) }) {
        throw element.wrong(
          path == other.value
            ? "is \(path) a second time"
            : "is \(path), which \(path.starts(with: other.value) ? "lies in" : "holds") \(other.value)",
          hint: "the other is in line \(other.location.line ?? 0); keep the outer one")
      }
      paths.append(Located(path, at: element.location))
    }
    return paths
  }

  func sanity(_ field: Field) throws(Diagnostic) -> SanityCheck {
    let fields = try Fields(field.node, of: .sanity)
    let get = try fields.required("get")
    let path = try get.text().value
    guard path.hasPrefix("/"), path.utf8.allSatisfy({ (33...126).contains($0) }) else {
      throw get.wrong("must be a path as in '/healthz/', not '\(path)'")
    }
    return SanityCheck(
      get: path, status: try fields["status"]?.number(in: 100...599) ?? 200,
      port: try fields["port"]?.number(in: 1...65535) ?? 80,
      within: try fields["within"]?.number(in: 1...3600) ?? 120)
  }

  /// Refuses a text that stands twice.
  func requireDistinct(_ what: String, _ values: [Located<String>]) throws(Diagnostic) {
    var lines: [String: Int] = [:]
    for value in values {
      if let line = lines.updateValue(value.location.line ?? 0, forKey: value.value) {
        throw Diagnostic(
          .usage, "\(what) '\(value.value)' stands here a second time", at: value.location,
          hints: ["it first stands in line \(line); remove one of them"])
      }
    }
  }

  /// Refuses an application and a Python environment that lie in one another: each is a layer of its own.
  func requireSeparate(_ recipe: Recipe) throws(Diagnostic) {
    guard let application = recipe.application, let python = recipe.python else { return }
    let (one, other) = (application.destination, python.environment)
    guard one.starts(with: other) || other.starts(with: one) else { return }
    throw Diagnostic(
      .usage, "the application's folder \(one) and the Python environment \(other) lie in one another",
      at: application.source.location, hints: ["move one of them; each becomes a layer of its own"])
  }
}
