import Essentials
import Glibc
import SystemPackage

/// Reads files block by block through one buffer, hashing what it reads: for many small files, none of which is mapped or
/// held whole.
final class FileBlocks {
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

  deinit { buffer.deallocate() }

  /// The digest of the open file's content.
  /// - Parameter path: what messages call it.
  func digest(of file: Int32, _ path: FilePath) throws(Diagnostic) -> Digest {
    try digest(of: file, path) { _ in }
  }

  /// Copies the content of `source` to the new file `place`.
  /// - Parameter mode: the new file's permissions, whatever the umask.
  /// - Returns: the digest of what was copied.
  func copy(_ source: FilePath, to place: FilePath, mode: mode_t) throws(Diagnostic) -> Digest {
    let input = open(source.string, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard input >= 0 else { throw .system(.current, "read", source) }
    defer { close(input) }
    let output = open(place.string, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw .system(.current, "create", place) }
    defer { close(output) }
    let digest = try digest(of: input, source) { (block) throws(Diagnostic) in
      try FileOutput.write(block, to: output, place)
    }
    guard fchmod(output, mode) == 0 else { throw .system(.current, "change the mode of", place) }
    return digest
  }

  private func digest(
    of file: Int32, _ path: FilePath, _ take: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void
  ) throws(Diagnostic) -> Digest {
    var hasher = SHA256()
    while true {
      let count = read(file, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(.current, "read", path) }
      if count == 0 { return hasher.finalize() }
      let block = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hasher.update(block)
      try take(block)
    }
  }
}
