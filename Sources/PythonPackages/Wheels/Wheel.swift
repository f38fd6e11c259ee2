package import Essentials

/// A wheel whose form has been checked: names, METADATA, WHEEL and RECORD. Its files' contents are checked against RECORD
/// while they are read.
///
/// Source: the PyPA specification "Binary distribution format" (PEP 427).
package final class Wheel: Sendable {
  struct Entry: Sendable {
    var path: String
    var isExecutable: Bool
  }

  package let filename: WheelFilename
  package let metadata: CoreMetadata
  /// Whether the files belong where pure Python does.
  package let isPure: Bool
  /// The names of `NAME-VERSION.dist-info` and of `NAME-VERSION.data`.
  let infoFolder: String
  let dataFolder: String
  let record: WheelRecord
  let entryPoints: EntryPoints?
  let files: [Entry]
  private let archive: MappedFile

  /// What a wheel may unpack to at most: bytes and files.
  package static let sizeLimit: Int64 = 8 << 30
  static let fileLimit = 200_000

  /// Opens a wheel.
  /// - Parameters:
  ///   - archive: the whole file.
  ///   - filename: its name, which must agree with what is in it.
  /// - Throws: where its form isn't that of a wheel, or an entry's name could lead out of the place it's unpacked to.
  package init(_ archive: MappedFile, filename: WheelFilename) throws(Diagnostic) {
    self.archive = archive
    self.filename = filename
    let name = filename.text
    var files: [Entry] = []
    var paths = WheelPaths(wheel: name)
    var special: [String: [UInt8]] = [:]
    let reader = try ArchiveReader(archive, format: .zip, name: name)
    while let entry = try reader.next() {
      guard try paths.admit(entry) else { continue }
      guard files.count < Self.fileLimit else {
        throw Diagnostic(.verificationFailed, "\(name) holds more than \(Self.fileLimit) files")
      }
      files.append(Entry(path: entry.path, isExecutable: entry.permissions & 0o111 != 0))
      let parts = entry.path.split(separator: "/")
      guard parts.count == 2, parts[0].hasSuffix(".dist-info") else { continue }
      if ["METADATA", "WHEEL", "RECORD", "entry_points.txt"].contains(parts[1]) {
        special[entry.path] = try reader.readAll(limit: parts[1] == "RECORD" ? 128 << 20 : CoreMetadata.limit)
      }
    }
    try paths.finish()

    let infoFolder = try Self.infoFolder(files, filename)
    self.infoFolder = infoFolder
    dataFolder = infoFolder.dropLast(10) + ".data"
    func file(_ part: String) throws(Diagnostic) -> [UInt8] {
      guard let bytes = special["\(infoFolder)/\(part)"] else {
        throw Diagnostic(.verificationFailed, "\(name) has no \(infoFolder)/\(part)")
      }
      return bytes
    }
    metadata = try CoreMetadata(parsing: file("METADATA"), file: "\(name)/\(infoFolder)/METADATA")
    guard metadata.name == filename.name, metadata.version == filename.version else {
      throw Diagnostic(
        .verificationFailed, "\(name) says in its METADATA that it's \(metadata.name) \(metadata.version)")
    }
    isPure = try Self.isPure(file("WHEEL"), name: name)
    record = try WheelRecord(parsing: file("RECORD"), file: "\(name)/\(infoFolder)/RECORD")
    if let bytes = special["\(infoFolder)/entry_points.txt"] {
      entryPoints = try EntryPoints(parsing: bytes, file: "\(name)/\(infoFolder)/entry_points.txt")
    } else {
      entryPoints = nil
    }
    self.files = files
    try checkRecord()
  }

  private static func infoFolder(_ files: [Entry], _ filename: WheelFilename) throws(Diagnostic) -> String {
    let folders = Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
      .filter { $0.hasSuffix(".dist-info") }
    guard folders.count == 1, let folder = folders.first else {
      throw Diagnostic(
        .verificationFailed, "\(filename.text) has \(folders.count) folders named .dist-info instead of one")
    }
    let parts = folder.dropLast(10).split(separator: "-", maxSplits: 1)
    guard parts.count == 2, ProjectName(parts[0]) == filename.name,
      PythonVersion(parts[1]) == filename.version
    else {
      throw Diagnostic(
        .verificationFailed, "\(filename.text) has a \(folder), which is another project's or version's")
    }
    return folder
  }

  private static func isPure(_ bytes: [UInt8], name: String) throws(Diagnostic) -> Bool {
    var isPure = false
    var version: String?
    for header in HeaderLines(bytes) {
      switch header.name {
      case "root-is-purelib": isPure = header.value.lowercased() == "true"
      case "wheel-version": version = header.value
      default: continue
      }
    }
    guard let version, version.split(separator: ".").first == "1" else {
      throw Diagnostic(
        .verificationFailed, "\(name) has the format version '\(version ?? "")'; only 1 is known")
    }
    return isPure
  }

  /// Every file must stand in RECORD with a digest, but RECORD itself and its signatures.
  private func checkRecord() throws(Diagnostic) {
    let rows = Dictionary(record.rows.map { ($0.path, $0) }) { first, _ in first }
    for file in files where !isExempt(file.path) {
      guard let row = rows[file.path] else {
        throw Diagnostic(
          .verificationFailed, "\(filename.text) holds '\(file.path)', which its RECORD doesn't list")
      }
      guard row.digest.hasPrefix("sha256=") else {
        throw Diagnostic(
          .verificationFailed, "\(filename.text) gives no SHA-256 of '\(file.path)' in its RECORD")
      }
    }
    let present = Set(files.map(\.path))
    for row in record.rows where !present.contains(row.path) {
      throw Diagnostic(
        .verificationFailed, "\(filename.text) lists '\(row.path)' in its RECORD but doesn't hold it")
    }
  }

  private func isExempt(_ path: String) -> Bool {
    ["RECORD", "RECORD.jws", "RECORD.p7s"].contains { path == "\(infoFolder)/\($0)" }
  }

  /// Reads every file once, in the order of the archive, and checks it against RECORD.
  /// - Parameter body: gets each file and a function that hands its bytes over piece by piece; it must call that
  ///   function once.
  func forEachFile(
    _ body: (Entry, (_ take: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void) throws(Diagnostic) -> Void)
      throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    let rows = Dictionary(record.rows.map { ($0.path, $0) }) { first, _ in first }
    let byPath = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
    let reader = try ArchiveReader(archive, format: .zip, name: filename.text)
    var total: Int64 = 0
    while let entry = try reader.next() {
      guard entry.kind == .file, let file = byPath[entry.path] else { continue }
      let row = rows[file.path]
      try body(file) { (take) throws(Diagnostic) in
        var hasher = SHA256()
        var size: Int64 = 0
        try reader.forEachBlock { (block) throws(Diagnostic) in
          size += Int64(block.count)
          total += Int64(block.count)
          guard total <= Self.sizeLimit else {
            throw Diagnostic(
              .verificationFailed,
              "\(filename.text) unpacks to more than the \(ByteCount(Self.sizeLimit)) allowed")
          }
          hasher.update(block)
          try take(block)
        }
        let found = WheelRecord.text(of: hasher.finalize())
        guard
          isExempt(file.path)
            || row.map({ $0.digest == found && ($0.size.isEmpty || $0.size == "\(size)") }) == true
        else {
          throw Diagnostic(
            .verificationFailed, "'\(file.path)' in \(filename.text) isn't what its RECORD says",
            notes: [
              "  RECORD: \(row?.digest ?? "nothing"), \(row?.size ?? "") bytes",
              "  found:  \(found), \(size) bytes",
            ])
        }
      }
    }
  }

  /// Checks every file against RECORD.
  package func verify() throws(Diagnostic) {
    try forEachFile { (_, read) throws(Diagnostic) in try read { _ throws(Diagnostic) in } }
  }
}
