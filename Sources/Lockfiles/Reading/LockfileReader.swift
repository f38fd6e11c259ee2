import Essentials

/// Makes a lockfile of a JSON text, and refuses what no lockfile can hold.
///
/// That the text is canonical is checked by writing the result again; here are the rules that writing can't
/// show: each artifact once, valid names and paths, suites that exist.
enum LockfileReader {
  enum Outcome {
    case lockfile(Lockfile)
    /// The number under the key `lockfile`, where it isn't this program's; nothing else was looked at.
    case otherVersion(Int64)
  }

  static func read(_ bytes: [UInt8]) throws(JSONText.Fault) -> Outcome {
    let value = try JSONText.read(bytes)
    if case .object(let pairs) = value.content, let first = pairs.first(where: { $0.key == "lockfile" }),
      case .number(let version) = first.value.content, version != Int64(Lockfile.version)
    {
      return .otherVersion(version)
    }
    let fields = try LockfileFields(
      value, required: ["lockfile", "recipe", "epoch", "debian"], optional: ["python"])
    _ = try fields.number("lockfile")
    _ = try fields.number("epoch")
    var python: Lockfile.Python?
    if let value = fields.optional("python") { python = try self.python(value) }
    return .lockfile(
      Lockfile(
        recipe: try fields.parsed("recipe") { Digest($0) }, debian: try debian(try fields.value("debian")),
        python: python))
  }

  private static func debian(_ value: JSONText.Value) throws(JSONText.Fault) -> Lockfile.Debian {
    let fields = try LockfileFields(
      value, required: ["architecture", "suites", "packages", "initrd"], optional: ["build"])
    let architecture = try fields.parsed("architecture") { Architecture(rawValue: $0) }
    var suites: [Lockfile.Suite] = []
    for value in try fields.list("suites") { suites.append(try suite(value)) }
    try requireDistinct(try fields.list("suites"), suites.map(\.suite))
    let names = Set(suites.map(\.suite))
    let packages = try pins(try fields.list("packages"), architecture, names)
    let initrd = try pins(try fields.list("initrd"), architecture, names)
    let build =
      fields.optional("build") == nil ? [] : try pins(try fields.list("build"), architecture, names)
    return Lockfile.Debian(
      architecture: architecture, suites: suites, packages: packages, initrd: initrd, build: build)
  }

  private static func suite(_ value: JSONText.Value) throws(JSONText.Fault) -> Lockfile.Suite {
    let fields = try LockfileFields(value, required: ["suite", "origin", "label", "date", "release"])
    return Lockfile.Suite(
      suite: try fields.text("suite", isWord), origin: try fields.text("origin") { _ in true },
      label: try fields.text("label") { _ in true }, date: try fields.parsed("date", Timestamp.seconds),
      release: try fields.parsed("release") { Digest($0) })
  }

  private static func pins(
    _ values: [JSONText.Value], _ architecture: Architecture, _ suites: Set<String>
  ) throws(JSONText.Fault) -> [Lockfile.DebianPin] {
    var pins: [Lockfile.DebianPin] = []
    for value in values {
      let fields = try LockfileFields(
        value, required: ["name", "version", "architecture", "size", "sha256", "path", "suite", "because"])
      pins.append(
        Lockfile.DebianPin(
          name: try fields.text("name", isName), version: try fields.text("version", isWord),
          architecture: try fields.text("architecture") { $0 == "all" || $0 == architecture.debian },
          size: try fields.number("size"), digest: try fields.parsed("sha256") { Digest(hexadecimal: $0) },
          path: try fields.text("path", isPath), suite: try fields.text("suite") { suites.contains($0) },
          because: try fields.reasons()))
    }
    // A machine can't have one package in two versions, and none is both of an architecture and of all.
    try requireDistinct(values, pins.map(\.name))
    return pins
  }

  static func requireDistinct(
    _ values: [JSONText.Value], _ names: [String]
  ) throws(JSONText.Fault) {
    var seen: Set<String> = []
    for (value, name) in zip(values, names) where !seen.insert(name).inserted {
      throw JSONText.Fault(message: "'\(name.printable)' stands here a second time", offset: value.offset)
    }
  }

  /// Printable ASCII without a blank.
  static func isWord(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (33...126).contains($0) }
  }

  /// A word that can stand for a file.
  static func isName(_ text: String) -> Bool {
    isWord(text) && !text.contains("/") && !text.hasPrefix(".")
  }

  /// A relative path that stays where it begins.
  private static func isPath(_ text: String) -> Bool {
    isWord(text)
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !["", ".", ".."].contains($0)
      }
  }
}
