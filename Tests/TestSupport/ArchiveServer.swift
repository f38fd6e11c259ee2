package import Essentials
package import SystemPackage

/// A folder served over loopback HTTP for as long as this object lives; see `archive_server.py`.
package final class ArchiveServer: Sendable {
  /// What becomes of a request.
  package enum Fault: String, Sendable {
    /// Half of it comes, then the server hangs up.
    case half
    /// The first time half of it comes.
    case halfOnce = "half-once"
    /// One byte is another.
    case flip
    /// Half of it comes, and then nothing for a minute.
    case slow
    /// The first time it's what lies beside it, with `.earlier` behind the name.
    case earlierOnce = "earlier-once"
    /// There is no such file.
    case absent
  }

  package let folder: FilePath
  package let address: String
  private let process: ChildProcess

  package init(_ folder: FilePath) throws(Diagnostic) {
    self.folder = folder
    let script = FilePath(#filePath).removingLastComponent().appending("archive_server.py")
    process = try ChildProcess("python3", [script.string, folder.string])
    let port = try process.readLine()
    guard !port.isEmpty else { throw Diagnostic(.failed, "the test's server did not start") }
    address = "http://127.0.0.1:\(port)"
  }

  /// From now on requests for these paths, and no others, go wrong.
  package func set(_ faults: [String: Fault]) throws(Diagnostic) {
    let text = faults.map { "\($0.value.rawValue) \($0.key)\n" }.joined()
    try DurableFile.write(Array(text.utf8), to: folder.appending("faults"))
  }

  /// Waits until half of a file in slow motion is sent, and gives its path.
  package func nextHalf() throws(Diagnostic) -> String { String(try process.readLine().dropFirst(5)) }

  /// One line a request: its path and its Range.
  package var log: [String] {
    let bytes = (try? DurableFile.read(folder.appending("log"))) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
