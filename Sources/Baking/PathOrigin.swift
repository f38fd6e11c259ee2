package import Essentials
package import Images
package import Storage

/// Where a path of an image comes from: which layer, and what of the recipe put it there.
package struct PathOrigin: Sendable {
  /// The layer's name.
  package let layer: String
  package let digest: Digest
  /// `file`, `folder`, `link`: what it is.
  package let kind: String
  /// In bytes.
  package let size: Int64
  /// What put it there, for a person: `package nginx-light`, `wheel django`.
  package let cause: String

  /// Finds where `path` of `image` comes from: the topmost layer that has it.
  /// - Parameter path: absolute, in the image.
  /// - Throws: where the image has no such path, with the nearest names of its folder.
  package static func find(_ path: String, in image: Image, _ store: Store) throws(Diagnostic) -> PathOrigin {
    let wanted = Array(path.utf8.drop { $0 == UInt8(ascii: "/") })
    for descriptor in image.manifest.layers.reversed() {
      let name = descriptor.layerName
      let file = try store.open(descriptor.digest)
      let contents = LayerContents(file, try LayerReader.table(of: file, name: "layer \(name)"))
      guard let index = contents.index(of: wanted) else { continue }
      let entry = contents.table.entries[index]
      if entry.kind == .whiteout { break }
      return PathOrigin(
        layer: name, digest: descriptor.digest, kind: "\(entry.kind)", size: entry.size,
        cause: try contents.cause(of: path, layer: name))
    }
    throw Diagnostic(
      .failed, "the image has no \(path)",
      hints: ["paths are absolute, and those of the root tree: /usr/sbin/nginx"])
  }
}

/// A layer with its table, to look things up in.
struct LayerContents {
  let file: MappedFile
  let table: LayerTable
  /// The latest time that an entry has: the bake's own, unless nothing was made by it.
  let newest: Int64

  init(_ file: MappedFile, _ table: LayerTable) {
    self.file = file
    self.table = table
    newest = table.entries.lazy.map(\.modified).max() ?? 0
  }

  /// The layer that is stored under `digest`.
  init(_ digest: Digest, in store: Store) throws(Diagnostic) {
    let file = try store.open(digest)
    self.init(file, try LayerReader.table(of: file, name: "layer \(digest.short)"))
  }

  /// Calls `body` with the bytes of a file's entry.
  func withContent<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let entry = table.entries[index]
    return file.withBytes { bytes in
      let start = Int(entry.offset)
      guard start >= 0, entry.size >= 0, Int(entry.size) <= bytes.count - start else {
        return body(UnsafeRawBufferPointer(start: nil, count: 0))
      }
      return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(entry.size)]))
    }
  }

  func index(of path: [UInt8]) -> Int? {
    table.entries.indices.first { !table.entries[$0].isImplied && table.path(of: $0) == path }
  }

  /// Who put `path` into this layer: by dpkg's lists, by the wheels' RECORDs, or the recipe itself.
  func cause(of path: String, layer: String) throws(Diagnostic) -> String {
    let lists = "var/lib/dpkg/info/"
    var aliases = [path]
    for folder in ["/bin/", "/sbin/", "/lib/", "/lib64/"] where path.hasPrefix("/usr" + folder) {
      aliases.append(String(path.dropFirst(4)))
    }
    for index in table.entries.indices where table.entries[index].kind == .file {
      let name = String(decoding: table.path(of: index), as: UTF8.self)
      if name.hasPrefix(lists), name.hasSuffix(".list") {
        let lines = text(index).split(separator: "\n")
        if lines.contains(where: { aliases.contains(String($0)) }) {
          return "package " + name.dropFirst(lists.count).dropLast(5)
        }
      } else if name.hasSuffix(".dist-info/RECORD"), let cut = name.firstRange(of: "/site-packages/") {
        let packages = "/" + name[..<cut.upperBound]
        guard path.hasPrefix(packages) else { continue }
        let relative = String(path.dropFirst(packages.count))
        // RECORD is CSV, whose lines end in CR and LF.
        if text(index).split(whereSeparator: \.isNewline).contains(where: { $0.hasPrefix(relative + ",") }) {
          return "wheel " + name[cut.upperBound...].prefix { $0 != "/" }.replacing(".dist-info", with: "")
        }
      }
    }
    switch layer {
    case "os": return "made while the packages were configured"
    case "python": return "made with the Python environment"
    case "application": return "the recipe's application, or what its build made"
    default: return "the recipe's files and services, or the guest's own support"
    }
  }

  private func text(_ index: Int) -> String {
    let entry = table.entries[index]
    return file.withBytes { bytes in
      let start = Int(entry.offset)
      guard start >= 0, Int(entry.size) <= bytes.count - start else { return "" }
      return String(decoding: bytes[start..<start + Int(entry.size)], as: UTF8.self)
    }
  }
}
