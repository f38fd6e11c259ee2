import Essentials
import Glibc
import SystemPackage
import TestSupport
import Transfer

/// The server of `hostile_server.py`, run for as long as this object lives.
final class HostileServer: Sendable {
  let folder: TemporaryFolder
  let port: Int
  private let process: ChildProcess

  init() throws {
    folder = try TemporaryFolder()
    let script = FilePath(#filePath).removingLastComponent().appending("hostile_server.py")
    process = try ChildProcess("python3", [script.string, folder.path.string])
    guard let port = Int(try process.readLine()) else {
      throw Diagnostic(.failed, "the test's server did not start")
    }
    self.port = port
  }

  /// Has the server offer `bytes`, and says what to fetch.
  func artifact(_ name: String, _ bytes: [UInt8], modes: String...) throws -> Artifact {
    try DurableFile.write(bytes, to: folder.appending(name))
    return Artifact(
      digest: Digest(of: bytes), size: Int64(bytes.count), urls: try modes.map { try url($0, name) },
      label: name)
  }

  func url(_ mode: String, _ name: String) throws -> ResourceURL {
    try ResourceURL("http://127.0.0.1:\(port)/\(mode)/\(name)")
  }

  /// What the server says next; it says `half` when it has sent half of a file that it is slow with.
  func nextLine() throws -> String { try process.readLine() }

  /// One line a request: mode, file, Range, If-Range.
  var log: [String] {
    let bytes = (try? DurableFile.read(folder.appending("log"))) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
