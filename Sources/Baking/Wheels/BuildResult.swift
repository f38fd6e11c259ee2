import CLinux
import Essentials
import Glibc
import Lockfiles
import Storage
import SystemPackage

/// What a build left in its folder. The build may have put anything there, links among it: none is followed.
struct BuildResult {
  /// The folder ``BuildFolder/root`` in the tree that the build wrote to.
  let folder: FilePath
  /// The source distribution's file name, for messages.
  let source: String

  /// A backend's list of requirements has at most so many bytes.
  static let answerLimit = 1 << 20

  /// What the backend answered.
  func answer() throws(Diagnostic) -> [UInt8] {
    var bytes: [UInt8] = []
    try read { (block) throws(Diagnostic) in
      guard bytes.count + block.count <= Self.answerLimit else {
        throw Diagnostic(
          .failed, "what \(source) requires to be built is more than \(Self.answerLimit) bytes")
      }
      bytes += block
    }
    return bytes
  }

  /// Stores the wheel.
  func wheel(into store: Store) throws(Diagnostic) -> Lockfile.BuiltWheel {
    let ingest = try store.ingest()
    let file = try read { (block) throws(Diagnostic) in try ingest.write(block) }
    let size = ingest.count
    return Lockfile.BuiltWheel(file: file, size: size, digest: try ingest.commit())
  }

  /// Reads the one file of the result.
  /// - Returns: its name.
  @discardableResult
  private func read(_ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void) throws(Diagnostic) -> String
  {
    let path = folder.appending("result")
    let outer = open(folder.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard outer >= 0 else { throw .system(.current, "read", folder) }
    defer { close(outer) }
    let result = openat(outer, "result", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard result >= 0 else { throw .system(.current, "read", path) }
    defer { close(result) }
    let names = try FolderTree.names(result, path)
    guard names.count == 1 else {
      throw Diagnostic(.failed, "building \(source) left \(names.count) files instead of one")
    }
    let place = path.appending(names[0])
    // Not blocking, as it may be a pipe.
    let file = openat(result, names[0], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw .system(.current, "read", place) }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(.current, "read", place) }
      if count == 0 { return names[0] }
      var failure: Diagnostic?
      buffer.withUnsafeBytes { bytes in
        do throws(Diagnostic) { try body(UnsafeRawBufferPointer(rebasing: bytes[..<count])) } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
  }
}
