package import Essentials
import Glibc
package import SystemPackage

extension Lockfile {
  /// The name of a lockfile beside its recipe.
  package static let fileName: FilePath.Component = "recipe.lock"

  /// Larger lockfiles than this, in bytes, are refused.
  private static let limit = 64 << 20

  /// The lockfile at `path`, or nil where there is none.
  /// - Parameter edited: what to do about one that is well formed, but was edited by hand; unless given, it's refused.
  package static func load(
    _ path: FilePath,
    edited: (Diagnostic) throws(Diagnostic) -> Void = { (fault) throws(Diagnostic) in throw fault }
  ) throws(Diagnostic) -> Lockfile? {
    guard access(path.string, F_OK) == 0 || errno != ENOENT else { return nil }
    return try parse(try DurableFile.read(path, limit: limit), file: path, edited: edited)
  }

  /// The lockfile that `bytes` spell.
  /// - Parameter file: how errors name it.
  /// - Throws: with line and column where it isn't well formed (`verificationFailed`), has a version that this
  ///   program doesn't know, or isn't the very text that would be written (`noSolution`): then it was edited.
  package static func parse(
    _ bytes: [UInt8], file: FilePath,
    edited: (Diagnostic) throws(Diagnostic) -> Void = { (fault) throws(Diagnostic) in throw fault }
  ) throws(Diagnostic) -> Lockfile {
    let outcome = Result { () throws(JSONText.Fault) in try LockfileReader.read(bytes) }
    let lockfile: Lockfile
    switch outcome {
    case .success(.lockfile(let read)): lockfile = read
    case .success(.otherVersion(let version)): throw otherVersion(version, file)
    case .failure(let fault): throw malformed(fault, bytes, file)
    }
    let text = Array(lockfile.text.utf8)
    if text != bytes { try edited(edit(bytes, text, file)) }
    return lockfile
  }

  private static func otherVersion(_ found: Int64, _ file: FilePath) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the lockfile has version \(found); this program knows version \(version)",
      at: Diagnostic.Location(file: file.string, line: 1, column: 1),
      hints: [found > version ? "use a newer hardtack" : "run 'hardtack lock' to write it anew"])
  }

  private static func malformed(_ fault: JSONText.Fault, _ bytes: [UInt8], _ file: FilePath) -> Diagnostic {
    let place = location(fault.offset, bytes, file)
    // git's markers of a merge that didn't resolve: seven of one of these at the beginning of a line.
    let isConflict = bytes.split(separator: UInt8(ascii: "\n")).contains { line in
      [UInt8(ascii: "<"), UInt8(ascii: ">")].contains { mark in
        line.prefix(7).elementsEqual(repeatElement(mark, count: 7))
      }
    }
    let hint =
      isConflict
      ? "take either side of the merge, then run 'hardtack lock'"
      : "take the lockfile from version control, or remove it and run 'hardtack lock'"
    let message = isConflict ? "the lockfile holds an unresolved merge" : "not a lockfile: \(fault.message)"
    return Diagnostic(.verificationFailed, message, at: place, hints: [hint])
  }

  private static func edit(_ bytes: [UInt8], _ text: [UInt8], _ file: FilePath) -> Diagnostic {
    let common = zip(bytes, text).prefix { $0 == $1 }.count
    return Diagnostic(
      .noSolution, "the lockfile was edited by hand: it isn't what 'hardtack lock' writes",
      at: location(common, bytes, file),
      hints: ["undo the change, or run 'hardtack lock' to write the lockfile anew"])
  }

  private static func location(_ offset: Int, _ bytes: [UInt8], _ file: FilePath) -> Diagnostic.Location {
    let before = bytes.prefix(offset)
    let line = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let column = (line.last ?? []).filter { $0 & 0xC0 != 0x80 }.count
    return Diagnostic.Location(file: file.string, line: max(1, line.count), column: column + 1)
  }
}
