import CLinux
package import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// A swap's journal: a record a line, appended and on the disk before the work that it announces goes on.
///
/// A line is a JSON object, a blank, and sixteen hexadecimal digits: the beginning of the SHA-256 of the digits of the line
/// before, a blank, and the object. So a line that's changed, left out or added shows. A last line that isn't whole was being
/// written when the program or the machine ended: what it announces hasn't begun, and it's taken away.
package final class Journal: Sendable {
  private let file: FileDescriptor
  package let path: FilePath
  private let last: Chain

  /// The digits of the last line; only ever touched by the one command that holds the lease.
  private actor Chain {
    var digits: String
    init(_ digits: String) { self.digits = digits }

    func append(_ json: String, _ write: (String) throws(Diagnostic) -> Void) throws(Diagnostic) {
      let next = Journal.digits(after: digits, json)
      try write("\(json) \(next)\n")
      digits = next
    }
  }

  /// Room for its lines that's taken at once, in bytes, so that a disk which fills up later doesn't keep a swap from
  /// writing down what it does.
  private static let reserve: Int64 = 1 << 20
  /// In bytes; a longer journal is none of ours.
  private static let limit = 64 << 20

  /// Begins a journal.
  /// - Throws: where the file is there, or the disk is full.
  package static func create(_ path: FilePath) throws(Diagnostic) -> Journal {
    let file = try attempt("create", path) {
      let file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .append, .closeOnExec],
        permissions: [.ownerReadWrite])
      let reserved = hardtack_reserve(file.rawValue, reserve)
      if reserved != 0, errno != EOPNOTSUPP {
        let failure = Errno.current
        try? file.close()
        unlink(path.string)
        throw failure
      }
      return file
    }
    try DurableFile.synchronize(folder: path.removingLastComponent())
    return Journal(file, path, digits: "")
  }

  /// Opens a journal to go on with it.
  package static func open(_ path: FilePath) throws(Diagnostic) -> (Journal, [JournalRecord]) {
    let read = try parse(try DurableFile.read(path, limit: limit), path)
    let file = try attempt("open", path) {
      let file = try FileDescriptor.open(path, .readWrite, options: [.append, .closeOnExec])
      guard ftruncate(file.rawValue, off_t(read.length)) == 0 else { throw Errno.current }
      return file
    }
    return (Journal(file, path, digits: read.digits), read.records)
  }

  /// The records of a journal that another may be writing.
  package static func records(_ path: FilePath) throws(Diagnostic) -> [JournalRecord] {
    try parse(try DurableFile.read(path, limit: limit), path).records
  }

  private init(_ file: FileDescriptor, _ path: FilePath, digits: String) {
    self.file = file
    self.path = path
    last = Chain(digits)
  }

  deinit { try? file.close() }

  /// Appends a record, and returns when it's on the disk.
  package func append(_ record: JournalRecord) async throws(Diagnostic) {
    let json = try Self.json(record)
    try await last.append(json) { (line: String) throws(Diagnostic) in
      try attempt("write", path) {
        try file.writeAll(line.utf8)
        guard fdatasync(file.rawValue) == 0 else { throw Errno.current }
      }
    }
  }

  private static func json(_ record: JournalRecord) throws(Diagnostic) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(record), as: UTF8.self) } catch {
      throw Diagnostic(.bug, "a record can't be written as JSON: \(error)")
    }
  }

  private static func digits(after previous: String, _ json: String) -> String {
    String(Digest(of: "\(previous) \(json)").hexadecimal.prefix(16))
  }

  private static func parse(
    _ bytes: [UInt8], _ path: FilePath
  ) throws(Diagnostic) -> (records: [JournalRecord], digits: String, length: Int) {
    var records: [JournalRecord] = []
    var digits = ""
    var length = 0
    var number = 0
    while let end = bytes[length...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      let line = bytes[length..<end]
      guard let blank = line.lastIndex(of: UInt8(ascii: " ")), line.count < limit else {
        throw damaged(path, number)
      }
      let json = String(decoding: line[..<blank], as: UTF8.self)
      let next = Self.digits(after: digits, json)
      guard line[(blank + 1)...].elementsEqual(next.utf8),
        let record = try? JSONDecoder().decode(JournalRecord.self, from: Data(json.utf8))
      else { throw damaged(path, number) }
      records.append(record)
      digits = next
      length = end + 1
    }
    return (records, digits, length)
  }

  private static func damaged(_ path: FilePath, _ line: Int) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the journal's line is not as it was written",
      at: .init(file: path.string, line: line),
      hints: ["look at balancer, database and pools by hand, and move the file away to begin anew"])
  }
}
