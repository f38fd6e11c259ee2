package import Essentials
package import Images
package import Storage

/// What moves from one image to another: layer by layer, and what a host that has the first lacks of the second.
///
/// Layers with the same digest aren't looked into. Of the others only the entries are read, and content where an entry
/// alone doesn't tell: of files of one size whose time is the bake's own.
package struct ImageDifference: Sendable {
  /// A file, folder or link of one layer.
  package struct Change: Sendable {
    package enum Kind: String, Sendable, Encodable {
      case added, removed, changed
    }
    package let path: String
    package let kind: Kind
    /// In bytes; nil where it isn't there.
    package let before: Int64?
    package let after: Int64?
  }

  package struct LayerChange: Sendable {
    package let name: String
    /// In bytes; nil where the image has no such layer.
    package let before: Int64?
    package let after: Int64?
    package let changes: [Change]
  }

  /// A text of the configuration, as a unified diff.
  package struct TextChange: Sendable {
    package let path: String
    package let lines: [String]
  }

  package let layers: [LayerChange]
  package let texts: [TextChange]
  package let unitsEnabled: [String]
  package let unitsDisabled: [String]
  /// The bytes of all that the images are made of.
  package let sizeBefore: Int64
  package let sizeAfter: Int64
  /// The bytes of what the second has and the first hasn't.
  package let needed: Int64

  package init(_ a: Image, _ b: Image, in store: Store) throws(Diagnostic) {
    var layers: [LayerChange] = []
    var texts: [TextChange] = []
    let names = b.manifest.layers.map(\.layerName)
    for name in names + a.manifest.layers.map(\.layerName).filter({ !names.contains($0) }) {
      let before = a.manifest.layers.first { $0.layerName == name }
      let after = b.manifest.layers.first { $0.layerName == name }
      guard before?.digest != after?.digest else { continue }
      let pair = LayerPair(
        try before.map { descriptor throws(Diagnostic) in try LayerContents(descriptor.digest, in: store) },
        try after.map { descriptor throws(Diagnostic) in try LayerContents(descriptor.digest, in: store) })
      let (changes, found) = pair.changes(showingTexts: name == "configuration")
      layers.append(LayerChange(name: name, before: before?.size, after: after?.size, changes: changes))
      texts += found
    }
    self.layers = layers
    self.texts = texts + Self.templates(a, b)
    let common = Set(a.manifest.layers.map(\.digest)).intersection(b.manifest.layers.map(\.digest))
    let old = try EnabledUnits(a, besides: common, in: store)
    let new = try EnabledUnits(b, besides: common, in: store)
    unitsEnabled = new.newlyEnabled(since: old)
    unitsDisabled = old.newlyEnabled(since: new)
    let (had, has) = (try Self.blobs(of: a, in: store), try Self.blobs(of: b, in: store))
    sizeBefore = had.values.reduce(0, +)
    sizeAfter = has.values.reduce(0, +)
    needed = has.filter { had[$0.key] == nil }.values.reduce(0, +)
  }

  /// Secrets' templates are part of the configuration, though no file of a layer.
  private static func templates(_ a: Image, _ b: Image) -> [TextChange] {
    func texts(_ image: Image) -> [String: String] {
      Dictionary(
        image.machine.secrets.map { ($0.name, $0.template) }, uniquingKeysWith: { first, _ in first })
    }
    let (old, new) = (texts(a), texts(b))
    return Set(old.keys).union(new.keys).sorted().compactMap { name in
      guard old[name] != new[name] else { return nil }
      let lines = UnifiedDifference.lines(
        Array((old[name] ?? "").utf8), Array((new[name] ?? "").utf8), path: "secret \(name)")
      return lines.map { TextChange(path: "secret \(name)", lines: $0) }
    }
  }

  private static func blobs(of image: Image, in store: Store) throws(Diagnostic) -> [Digest: Int64] {
    let machine = image.machine
    var blobs: [Digest: Int64] = [image.digest: store.size(of: image.digest) ?? 0]
    for part in image.manifest.layers + [
      image.manifest.config, machine.index, machine.kernel, machine.initrd,
    ] {
      blobs[part.digest] = part.size
    }
    blobs[machine.lockfile] = store.size(of: machine.lockfile) ?? 0
    return blobs
  }
}

/// The units that an image's configuration switches on or off by links and whiteouts in `*.wants`.
struct EnabledUnits {
  private var states: [String: Bool] = [:]

  /// - Parameter common: the layers that the other image has too, which make no difference.
  init(_ image: Image, besides common: Set<Digest>, in store: Store) throws(Diagnostic) {
    for layer in image.manifest.layers
    where ["os", "configuration"].contains(layer.layerName) && !common.contains(layer.digest) {
      // The topmost layer's word holds.
      let table = try LayerContents(layer.digest, in: store).table
      for (index, entry) in table.entries.enumerated()
      where entry.kind == .symbolicLink || entry.kind == .whiteout {
        let path = table.path(of: index).split(separator: UInt8(ascii: "/"))
        guard path.count == 5, path[..<3].elementsEqual(Self.folder),
          path[3].suffix(6).elementsEqual(".wants".utf8)
        else { continue }
        states[String(decoding: path[4], as: UTF8.self).printable] = entry.kind == .symbolicLink
      }
    }
  }

  private static let folder = ["etc", "systemd", "system"].map { Array($0.utf8)[...] }

  func newlyEnabled(since other: EnabledUnits) -> [String] {
    let on = states.filter { $0.value && other.states[$0.key] != true }.keys
    // What only the other took out of a common layer is on here.
    let kept = other.states.filter { !$0.value && states[$0.key] == nil }.keys
    return (Array(on) + kept).sorted()
  }
}
