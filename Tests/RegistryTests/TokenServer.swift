import Essentials
import SystemPackage
import TestSupport
import Transfer

@testable import Registry

/// The registry of `token_server.py`, which may be a hostile one.
final class TokenServer: Sendable {
  /// What someone who may push has in Docker's configuration.
  static let password = #""auth": "c29tZW9uZTpwYXNzOndvcmQ=""#
  static let identityToken = #""identitytoken": "refresh""#

  let folder: TemporaryFolder
  let host: String
  private let process: ChildProcess

  init() throws {
    folder = try TemporaryFolder()
    let script = FilePath(#filePath).removingLastComponent().appending("token_server.py")
    process = try ChildProcess("python3", [script.string, folder.path.string])
    host = "127.0.0.1:" + (try process.readLine())
  }

  func settings(_ entry: String) throws -> RegistryClient.Settings {
    let file = folder.appending("auth.json")
    try DurableFile.write(Array(#"{"auths": {"\#(host)": {\#(entry)}}}"#.utf8), to: file)
    var configuration = Downloader.Configuration()
    configuration.pause = { _ in }
    return RegistryClient.Settings(
      plainHTTP: false, configuration: configuration,
      docker: try DockerConfiguration { $0 == "REGISTRY_AUTH_FILE" ? file.string : nil })
  }

  /// Someone who is logged in so.
  func client(_ entry: String) async throws -> RegistryClient {
    try await RegistryClient.connect(
      try ImageReference("\(host)/demo:v1"), for: .push, mountingFrom: ["other"], try settings(entry))
  }

  /// Has the server do what `token_server.py` says of the file `name`.
  func tell(_ name: String, _ text: String) throws {
    try DurableFile.write(Array(text.utf8), to: folder.appending(name))
  }

  /// A line a request.
  var log: [String] { lines("log") }
  /// A line for each request that had a password, a token or a body.
  var secrets: [String] { lines("secrets") }

  private func lines(_ name: String) -> [String] {
    String(decoding: (try? DurableFile.read(folder.appending(name))) ?? [], as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }
}
