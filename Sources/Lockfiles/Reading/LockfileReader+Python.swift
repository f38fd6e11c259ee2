import Essentials

extension LockfileReader {
  static func python(_ value: JSONText.Value) throws(JSONText.Fault) -> Lockfile.Python {
    let fields = try LockfileFields(
      value, required: ["interpreter", "packages"], optional: ["sources", "build"])
    let values = try fields.list("packages")
    var pins: [Lockfile.PythonPin] = []
    for value in values {
      pins.append(try wheel(try LockfileFields(value, required: wheelKeys)))
    }
    try requireDistinct(values, pins.map(\.name))
    return Lockfile.Python(
      interpreter: try fields.text("interpreter") { text in
        !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
      }, packages: pins, sources: try sources(fields, of: pins))
  }

  private static let wheelKeys = ["name", "version", "file", "size", "sha256", "because"]

  private static func wheel(_ fields: LockfileFields) throws(JSONText.Fault) -> Lockfile.PythonPin {
    Lockfile.PythonPin(
      name: try fields.text("name", isName), version: try fields.text("version", isWord),
      file: try fields.text("file") { isName($0) && $0.hasSuffix(".whl") }, size: try fields.number("size"),
      digest: try fields.parsed("sha256") { Digest(hexadecimal: $0) }, because: try fields.reasons())
  }

  /// The source distributions, each of the name and version of one of `wheels`, with what each is built with.
  private static func sources(
    _ fields: LockfileFields, of wheels: [Lockfile.PythonPin]
  ) throws(JSONText.Fault) -> [Lockfile.SourcePin] {
    let values = fields.optional("sources") == nil ? [] : try fields.list("sources")
    let versions = Dictionary(wheels.map { ($0.name, $0.version) }) { first, _ in first }
    var sources: [Lockfile.SourcePin] = []
    for value in values {
      let fields = try LockfileFields(value, required: ["name", "version", "file", "size", "sha256"])
      let name = try fields.text("name") { versions[$0] != nil }
      sources.append(
        Lockfile.SourcePin(
          name: name, version: try fields.text("version") { versions[name] == $0 },
          file: try fields.text("file", isName), size: try fields.number("size"),
          digest: try fields.parsed("sha256") { Digest(hexadecimal: $0) }))
    }
    try requireDistinct(values, sources.map(\.name))
    var requires: [String: [Lockfile.PythonPin]] = [:]
    let builds = fields.optional("build") == nil ? [] : try fields.list("build")
    var names: [String] = []
    for value in builds {
      let fields = try LockfileFields(value, required: ["for"] + wheelKeys)
      let source = try fields.text("for") { name in sources.contains { $0.name == name } }
      let pin = try wheel(fields)
      requires[source, default: []].append(pin)
      names.append("\(pin.name) for \(source)")
    }
    try requireDistinct(builds, names)
    return sources.map { $0.requiring(requires[$0.name] ?? []) }
  }
}
