import DebianPackages
import Essentials

/// What the dpkg database has to know of a package that lies unpacked in a root tree.
struct UnpackedPackage: Sendable {
  let name: String
  let version: String
  let architecture: String
  let multiArchSame: Bool
  /// The package's `control` file: one paragraph.
  let control: String
  /// All members of the control archive by name, without the leading `./`.
  let controlMembers: [String: [UInt8]]
  let essential: Bool
  /// The names in `Pre-Depends` and `Depends`, alternatives included.
  let needed: [String]
  /// The names in `Replaces`.
  let replaced: Set<String>
  /// The names in `Provides`.
  let provided: [String]

  init(_ file: DebFile, name label: String) throws(Diagnostic) {
    let paragraph = try ControlParagraph(parsing: file.control, name: "\(label)'s control")
    guard let name = paragraph["package"].flatMap({ PackageName($0) })?.text,
      let version = paragraph["version"], let architecture = paragraph["architecture"]
    else {
      throw Diagnostic(.verificationFailed, "\(label) doesn't say its name, version and architecture")
    }
    self.name = name
    self.version = version
    self.architecture = architecture
    multiArchSame = paragraph["multi-arch"] == "same"
    essential = paragraph["essential"] == "yes"
    control = file.control
    controlMembers = file.controlMembers
    func names(_ groups: [RelationGroup]) -> [String] {
      groups.flatMap(\.alternatives).map(\.name.text)
    }
    needed = names(try paragraph.relations("pre-depends") + paragraph.relations("depends"))
    replaced = Set(names(try paragraph.relations("replaces")))
    provided = names(try paragraph.relations("provides"))
  }

  /// How the files under `info` are called.
  var informationName: String { multiArchSame ? "\(name):\(architecture)" : name }

  var preinst: Bool { controlMembers["preinst"] != nil }

  /// The configuration files, without leading slashes. A line may hold flags before the path; `remove-on-upgrade`
  /// names a file that the package does not ship.
  var conffiles: [String] {
    text("conffiles").split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let path = words.last, !words.dropLast().contains("remove-on-upgrade") else { return nil }
      return String(path.drop { $0 == "/" })
    }
  }

  /// The package's paragraph in `status`.
  var statusParagraph: String {
    var lines = control.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    let place = lines.firstIndex { $0.lowercased().hasPrefix("package:") }.map { $0 + 1 } ?? 0
    lines.insert("Status: install ok unpacked", at: place)
    let files = conffiles
    if !files.isEmpty { lines += ["Conffiles:"] + files.map { " /\($0) newconffile" } }
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(_ member: String) -> String {
    controlMembers[member].map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
