import Essentials
import SystemPackage
import TestSupport

/// An application that says which release it is, and does what it's asked to; see `application_server.py`.
final class ApplicationServer: Sendable {
  let release: String
  let port: UInt16
  /// Where each connection is closed at once.
  let closingPort: UInt16
  private let process: ChildProcess

  init(_ release: String, port: UInt16 = 0) throws {
    self.release = release
    let script = FilePath(#filePath).removingLastComponent().appending("application_server.py")
    process = try ChildProcess("python3", [script.string, release, "\(port)"])
    let ports = try process.readLine().split(separator: " ").compactMap { UInt16($0) }
    guard ports.count == 2 else { throw Diagnostic(.failed, "the test's server did not start") }
    (self.port, closingPort) = (ports[0], ports[1])
  }

  func stop() { process.kill() }

  @discardableResult
  func ask(_ path: String) async throws -> String { try await HTTP.get(path, port).body }

  /// The requests that it had: method, path and body.
  var seen: [String] { get async throws { try await ask("/seen").split(separator: "\n").map(String.init) } }
}

/// Requests by curl, which tries none of these again: each has a connection of its own.
enum HTTP {
  struct Answer: Hashable {
    var status: Int
    var release: String
    var body: String
  }

  static func get(_ path: String, _ port: UInt16) async throws -> Answer {
    try await send(["http://127.0.0.1:\(port)\(path)"])
  }

  static func post(_ path: String, _ port: UInt16, _ body: [UInt8]) async throws -> Answer {
    try await send(["-H", "Expect:", "--data-binary", "@-", "http://127.0.0.1:\(port)\(path)"], body)
  }

  private static func send(_ arguments: [String], _ input: [UInt8] = []) async throws -> Answer {
    let form = "\n%{http_code} %header{x-release}"
    let text = try await Command("curl", ["-sS", "-m", "60", "-w", form] + arguments, input: input).run()
      .outputText
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let words = lines.last?.split(separator: " ") ?? []
    return Answer(
      status: words.first.flatMap { Int($0) } ?? 0, release: words.count > 1 ? String(words[1]) : "",
      body: lines.dropLast().joined(separator: "\n"))
  }
}
