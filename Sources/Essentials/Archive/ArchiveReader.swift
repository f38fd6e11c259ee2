import CArchive
import Glibc
package import SystemPackage

/// Reads archives (tar, ar, zip) and compressed streams (xz, zstd, gzip, bzip2) through libarchive.
///
/// Entries come one after the other; what isn't read of one is skipped. The first fatal result is final:
/// whatever is asked afterwards throws it again. Everything read is untrusted: names may be absolute, may
/// hold `..`, may repeat.
package final class ArchiveReader {
  /// What an archive may be. Naming it keeps a hostile file from being taken for something else.
  package enum Format: Sendable {
    case tar, ar, zip
    /// No archive: one stream, whatever it's compressed with.
    case raw
  }

  private var handle: OpaquePointer?
  // libarchive reads from this memory as long as the handle lives.
  private let source: Source
  private let name: String
  private var failure: Diagnostic?

  private enum Source {
    case bytes(UnsafeMutableRawBufferPointer)
    case mapped(MappedFile)
    case file
  }

  /// Opens an archive in memory.
  /// - Parameters:
  ///   - bytes: the whole archive, copied.
  ///   - format: what it may be.
  ///   - name: what messages call it.
  package init(_ bytes: some Collection<UInt8>, format: Format, name: String) throws(Diagnostic) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    copy.copyBytes(from: bytes)
    source = .bytes(copy)
    self.name = name
    try begin(format)
    try check(archive_read_open_memory(handle, copy.baseAddress, bytes.count), "open")
  }

  /// Opens a part of a mapped file, without copying it.
  package init(_ file: MappedFile, range: Range<Int>? = nil, format: Format, name: String)
    throws(Diagnostic)
  {
    source = .mapped(file)
    self.name = name
    try begin(format)
    let range = range ?? 0..<file.count
    let result = file.withBytes { bytes in
      archive_read_open_memory(handle, bytes.baseAddress.map { $0 + range.lowerBound }, range.count)
    }
    try check(result, "open")
  }

  /// Opens a file that is read in blocks of 1 MiB.
  package init(path: FilePath, format: Format) throws(Diagnostic) {
    source = .file
    name = path.string
    try begin(format)
    try check(archive_read_open_filename(handle, path.string, 1 << 20), "open")
  }

  // Names in archives are UTF-8 here; in the C locale libarchive would refuse all that isn't ASCII. The
  // locale is set once, and only for characters.
  private static let usesUTF8: Bool = setlocale(LC_CTYPE, "C.UTF-8") != nil

  private func begin(_ format: Format) throws(Diagnostic) {
    guard Self.usesUTF8 else { throw Diagnostic(.failed, "the C library has no locale C.UTF-8") }
    handle = archive_read_new()
    guard handle != nil else { throw Diagnostic(.failed, "libarchive has no memory left") }
    switch format {
    case .tar: try check(archive_read_support_format_tar(handle), "open")
    case .ar: try check(archive_read_support_format_ar(handle), "open")
    case .zip: try check(archive_read_support_format_zip(handle), "open")
    case .raw: try check(archive_read_support_format_raw(handle), "open")
    }
    switch format {
    case .tar, .raw:
      // libarchive answers ARCHIVE_WARN where it would run a program to decompress; Debian's is built
      // with all four libraries, so anything but OK is refused.
      try check(archive_read_support_filter_xz(handle), "open")
      try check(archive_read_support_filter_lzma(handle), "open")
      try check(archive_read_support_filter_gzip(handle), "open")
      try check(archive_read_support_filter_zstd(handle), "open")
      try check(archive_read_support_filter_bzip2(handle), "open")
    case .ar, .zip: break
    }
  }

  deinit {
    archive_read_free(handle)
    if case .bytes(let memory) = source { memory.deallocate() }
  }

  /// The next entry, or nil behind the last one.
  package func next() throws(Diagnostic) -> ArchiveEntry? {
    if let failure { throw failure }
    var entry: OpaquePointer?
    let result = archive_read_next_header(handle, &entry)
    if result == ARCHIVE_EOF { return nil }
    try check(result, "read")
    guard let entry else { throw Diagnostic(.bug, "libarchive gave no entry for \(name)") }
    return try ArchiveEntry(entry, archive: name)
  }

  /// Reads some of the current entry's bytes.
  /// - Returns: how many were read; 0 at its end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Diagnostic) -> Int {
    if let failure { throw failure }
    let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
    if count < 0 { try check(Int32(clamping: count), "read") }
    return count
  }

  /// All of the current entry's bytes.
  /// - Parameter limit: in bytes; a longer entry is an error, found before that much is held.
  package func readAll(limit: Int) throws(Diagnostic) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachBlock { (block: UnsafeRawBufferPointer) throws(Diagnostic) in
      guard bytes.count + block.count <= limit else {
        throw Diagnostic(
          .verificationFailed, "an entry of \(name) unpacks to more than the \(limit) bytes allowed")
      }
      bytes.append(contentsOf: block)
    }
    return bytes
  }

  /// Hands the current entry's bytes to `body`, block by block, without copying where libarchive has them.
  /// Holes of sparse entries come as zeros.
  package func forEachBlock(
    _ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    if let failure { throw failure }
    var expected: Int64 = 0
    while true {
      var block: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let result = archive_read_data_block(handle, &block, &count, &offset)
      if result == ARCHIVE_EOF {
        return
      }
      try check(result, "read")
      guard offset >= expected else {
        throw Diagnostic(.verificationFailed, "\(name) holds overlapping data")
      }
      while expected < offset {
        let gap = [UInt8](repeating: 0, count: Int(min(offset - expected, 1 << 16)))
        // withUnsafeBytes drops the error's type, so the outcome is carried past it.
        let outcome = gap.withUnsafeBytes { (zeros) -> Result<Void, Diagnostic> in
          Result { () throws(Diagnostic) in try body(zeros) }
        }
        try outcome.get()
        expected += Int64(gap.count)
      }
      try body(UnsafeRawBufferPointer(start: block, count: count))
      expected = offset + Int64(count)
    }
  }

  private func check(_ result: Int32, _ action: String) throws(Diagnostic) {
    if result == ARCHIVE_OK { return }
    let reason = archive_error_string(handle).map { String(cString: $0) } ?? "libarchive gave no reason"
    // A warning means that the entry isn't what it says (a name that can't be decoded, a missing part),
    // and this program never packs a guess.
    let diagnostic = Diagnostic(.verificationFailed, "cannot \(action) \(name): \(reason)")
    failure = diagnostic
    throw diagnostic
  }
}

extension ArchiveReader {
  /// The bytes that a compressed stream unpacks to, in memory.
  /// - Parameters:
  ///   - bytes: xz, zstd, gzip, bzip2 or plain.
  ///   - limit: in bytes; more is an error.
  ///   - name: what messages call it.
  package static func decompress(_ bytes: [UInt8], limit: Int, name: String) throws(Diagnostic) -> [UInt8] {
    // libarchive calls an empty stream damaged.
    if bytes.isEmpty { return [] }
    let reader = try ArchiveReader(bytes, format: .raw, name: name)
    guard try reader.next() != nil else { return [] }
    return try reader.readAll(limit: limit)
  }
}
