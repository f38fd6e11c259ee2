import ArgumentParser
import Baking
import Essentials
import Images
import Lockfiles
import Storage

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two images: packages, wheels, files, configuration, units and size.",
    discussion: "  hardtack diff v1 v2\n  hardtack diff v1 v2 --all     every path, however many")

  @Argument(help: "A release's name, or an image's digest: what was.")
  var before: String

  @Argument(help: "A release's name, or an image's digest: what is.")
  var after: String

  @OptionGroup var shared: SharedOptions

  @Flag(help: "List all files of all layers, not the first twenty of each.")
  var all = false

  @Flag(help: "Print the difference as JSON.")
  var json = false

  private struct Answer: Encodable {
    struct Pin: Encodable {
      let name: String
      let before: String?
      let after: String?
    }
    struct File: Encodable {
      let path: String
      let change: ImageDifference.Change.Kind
      let before: Int64?
      let after: Int64?
    }
    struct Layer: Encodable {
      let name: String
      let before: Int64?
      let after: Int64?
      let files: [File]
    }
    let before: Digest
    let after: Digest
    let packages: [Pin]
    let wheels: [Pin]
    let layers: [Layer]
    let configuration: [String: [String]]
    let unitsEnabled: [String]
    let unitsDisabled: [String]
    let sizeBefore: Int64
    let sizeAfter: Int64
    let needed: Int64
  }

  func run() throws {
    let store = try shared.openStore()
    let (a, b) = (try Image.find(before, in: store), try Image.find(after, in: store))
    let (old, new) = (try a.lockfile(in: store), try b.lockfile(in: store))
    let difference = try ImageDifference(a, b, in: store)
    let packages = pins(
      old.debian.packages.map { ($0.name, $0.version) }, new.debian.packages.map { ($0.name, $0.version) })
    let wheels = pins(
      (old.python?.packages ?? []).map { ($0.name, $0.version) },
      (new.python?.packages ?? []).map { ($0.name, $0.version) })
    let answer = Answer(
      before: a.digest, after: b.digest, packages: packages, wheels: wheels,
      layers: difference.layers.map { layer in
        Answer.Layer(
          name: layer.name, before: layer.before, after: layer.after,
          files: layer.changes.map {
            Answer.File(path: $0.path, change: $0.kind, before: $0.before, after: $0.after)
          })
      },
      configuration: Dictionary(difference.texts.map { ($0.path, $0.lines) }, uniquingKeysWith: { $1 }),
      unitsEnabled: difference.unitsEnabled, unitsDisabled: difference.unitsDisabled,
      sizeBefore: difference.sizeBefore, sizeAfter: difference.sizeAfter, needed: difference.needed)
    if json { return try Output.json(answer) }
    show(answer, difference)
  }

  private func pins(_ old: [(String, String)], _ new: [(String, String)]) -> [Answer.Pin] {
    let before = Dictionary(old, uniquingKeysWith: { $1 })
    let after = Dictionary(new, uniquingKeysWith: { $1 })
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      before[name] == after[name] ? nil : Answer.Pin(name: name, before: before[name], after: after[name])
    }
  }

  private func show(_ answer: Answer, _ difference: ImageDifference) {
    if answer.before == answer.after { return print("the same image: \(answer.after)") }
    for (title, pins) in [("packages", answer.packages), ("wheels", answer.wheels)] where !pins.isEmpty {
      print("\(title)")
      Output.table(
        pins.map {
          ["  " + Self.sign($0.before, $0.after) + " " + $0.name, $0.before ?? "-", $0.after ?? "-"]
        })
      print("")
    }
    for layer in answer.layers {
      print("\(layer.name) layer: \(Self.size(layer.before)) to \(Self.size(layer.after))")
      let shown = all ? layer.files[...] : layer.files.prefix(20)
      Output.table(
        shown.map {
          ["  " + Self.sign($0.before, $0.after) + " " + $0.path, Self.size($0.before), Self.size($0.after)]
        })
      if shown.count < layer.files.count {
        print("  and \(layer.files.count - shown.count) more; --all lists them")
      }
      print("")
    }
    for text in difference.texts { print(text.lines.joined(separator: "\n") + "\n") }
    if !answer.unitsEnabled.isEmpty { print("enabled   \(answer.unitsEnabled.joined(separator: ", "))") }
    if !answer.unitsDisabled.isEmpty { print("disabled  \(answer.unitsDisabled.joined(separator: ", "))") }
    print("size      \(ByteCount(answer.sizeBefore)) to \(ByteCount(answer.sizeAfter))")
    print("needed    \(ByteCount(answer.needed)) by a host that has the first")
  }

  private static func sign(_ before: (some Any)?, _ after: (some Any)?) -> String {
    before == nil ? "+" : after == nil ? "-" : "~"
  }

  private static func size(_ bytes: Int64?) -> String { bytes.map { "\(ByteCount($0))" } ?? "-" }
}
