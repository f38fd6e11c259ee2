package import Essentials
import Glibc
import NIOCore
import NIOHTTP1
package import SystemPackage

/// A line for each request, in the combined format that web servers share, with the seconds that it took at the end.
package struct AccessLog: Sendable {
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes each line.
  package init(write: @escaping @Sendable (String) -> Void) { self.write = write }

  /// A log that grows at the end of the file `path`.
  package init(appendingTo path: FilePath) throws(Diagnostic) {
    let file = try attempt("write", path) {
      try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    // Open for as long as the process lives. A full disk ends the log, not the service.
    write = { line in _ = try? file.writeAll((line + "\n").utf8) }
  }

  func write(
    _ head: HTTPRequestHead, _ answer: Answer, sent: Int64, from address: SocketAddress?, took: Duration
  ) {
    func quoted(_ text: String?) -> String {
      "\"" + (text ?? "-").printable.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    let request = quoted(
      "\(head.method.rawValue) \(head.uri) HTTP/\(head.version.major).\(head.version.minor)")
    var line =
      "\(address?.ipAddress ?? "-") - - [\(Self.time(Self.seconds))] \(request) \(answer.status) \(sent)"
      + " \(quoted(head.headers.first(name: "referer"))) \(quoted(head.headers.first(name: "user-agent")))"
    let milliseconds = Int64(took / .milliseconds(1))
    let fraction = String(milliseconds % 1000)
    line += " \(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    write(line)
    if let remark = answer.remark { write("  \(remark.printable)") }
  }

  /// Now, in seconds since 1970.
  static var seconds: Int64 { Int64(Glibc.time(nil)) }

  /// `10/Oct/2000:13:55:36 +0000`, from what HTTP has as `Tue, 10 Oct 2000 13:55:36 GMT`.
  private static func time(_ seconds: Int64) -> String {
    let parts = HTTPDate.text(seconds).split(separator: " ")
    return "\(parts[1])/\(parts[2])/\(parts[3]):\(parts[4]) +0000"
  }
}
