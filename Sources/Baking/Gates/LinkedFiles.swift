import Essentials
import Storage

/// The programs and shared libraries of a layer, each by its entry: read once a layer, since they're the layer's alone.
struct LinkedFiles {
  private(set) var files: [(entry: Int, elf: ElfFile)] = []

  private static let version = 1
  /// How much of a layer is looked through, in bytes, before its memory is let go.
  private static let stretch = 4 << 20

  /// Reads them, or what was remembered of them.
  static func of(_ layer: Layer, _ table: @autoclosure () throws(Diagnostic) -> LayerTable, _ store: Store)
    throws(Diagnostic) -> LinkedFiles
  {
    let key = ActionKey("linked files", version: version, inputs: ["layer": layer.digest])
    if let known = try store.action(for: key)?.outputs["files"] {
      return LinkedFiles(parsing: String(decoding: try store.read(known, limit: 256 << 20), as: UTF8.self))
    }
    let found = LinkedFiles(try store.open(layer.digest), try table())
    try store.record(key, ActionResult(outputs: ["files": try store.publish(Array(found.text.utf8))]))
    return found
  }

  init(_ file: MappedFile, _ table: LayerTable) {
    file.withBytes { bytes in
      var held = 0
      for (index, entry) in table.entries.enumerated() where entry.kind == .file && entry.size >= 64 {
        let start = Int(entry.offset)
        guard start >= 0, Int(entry.size) <= bytes.count - start else { continue }
        // A file's first page is read, whatever it is: of a layer of many small files that is all of it.
        if start - held >= Self.stretch {
          // The kernel maps pages in front of the one that is read too, so from the layer's beginning each time.
          file.release(0..<start)
          held = start
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(entry.size)])
        if let elf = ElfFile(content), !elf.needed.isEmpty || !elf.soname.isEmpty {
          files.append((index, elf))
        }
      }
      file.release()
    }
  }

  // A line a file, its parts between tabs, which no part holds: entry, machine, soname, rpath, runpath, and what it needs.

  private var text: String {
    files.map { file in
      ([String(file.entry), String(file.elf.machine), file.elf.soname, file.elf.rpath, file.elf.runpath]
        + file.elf.needed).joined(separator: "\t") + "\n"
    }.joined()
  }

  private init(parsing text: String) {
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard parts.count >= 5, let entry = Int(parts[0]), let machine = UInt16(parts[1]) else { continue }
      files.append((entry, ElfFile(machine: machine, parts)))
    }
  }
}

extension ElfFile {
  fileprivate init(machine: UInt16, _ parts: [String]) {
    self.machine = machine
    (soname, rpath, runpath) = (parts[2], parts[3], parts[4])
    needed = Array(parts[5...])
  }
}
