import Essentials
import Glibc
import SystemPackage

/// The body of a request on its way to libcurl, which may ask to begin again.
///
/// Used on the transfer thread only.
final class UploadBody {
  let count: Int64
  private let body: Request.Body
  private let file: FileDescriptor?
  private let sent: (@Sendable (Int64) -> Void)?
  private var position: Int64 = 0

  init(_ body: Request.Body, _ sent: (@Sendable (Int64) -> Void)?) throws(Diagnostic) {
    self.body = body
    self.sent = sent
    count = body.count
    if case .file(let path, _) = body {
      file = try attempt("read", path) { try FileDescriptor.open(path, .readOnly, options: .closeOnExec) }
    } else {
      file = nil
    }
  }

  deinit { try? file?.close() }

  /// Fills `buffer` with the next bytes.
  /// - Returns: how many there were; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Diagnostic) -> Int {
    let wanted = Int(min(Int64(buffer.count), count - position))
    guard wanted > 0 else { return 0 }
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
    let filled: Int
    switch body {
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        part.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(position)..<Int(position) + wanted]))
      }
      filled = wanted
    case .file(let path, let range):
      guard let file else { throw Diagnostic(.bug, "a file to be sent isn't open") }
      filled = try attempt("read", path) {
        try file.read(fromAbsoluteOffset: range.lowerBound + position, into: part)
      }
      guard filled > 0 else { throw Diagnostic(.failed, "\(path) became shorter while it was sent") }
    }
    position += Int64(filled)
    sent?(Int64(filled))
    return filled
  }

  /// Goes to `offset`, counted from the body's beginning.
  func seek(to offset: Int64) {
    sent?(offset - position)
    position = offset
  }
}
