import Essentials
package import SystemPackage

/// Debian's docker-registry on a port of its own, ended with this object.
package final class Registry: Sendable {
  /// Who may come in where a password is asked for: `someone`, `pass:word`.
  package static let user = "someone"
  package static let password = "pass:word"
  /// Made by `htpasswd -nbB`.
  private static let passwordFile = "someone:$2y$05$OzKzbJ75t7rSzyupwvDEhOfvaRFxCCCyq9EWGuznYJ9lB/PX5Ctmm\n"

  package let port: UInt16
  package let folder: TemporaryFolder
  /// Where it speaks https: its certificate, which nobody trusts by itself.
  package let certificate: FilePath
  private let process: ChildProcess

  /// As in `127.0.0.1:41234`.
  package var host: String { "127.0.0.1:\(port)" }

  /// - Parameters:
  ///   - asksForPassword: whether only ``user`` may come in.
  ///   - isEncrypted: whether it speaks https, with ``certificate``.
  package init(asksForPassword: Bool = false, isEncrypted: Bool = false) async throws {
    folder = try TemporaryFolder()
    certificate = folder.appending("certificate.pem")
    port = try FreePort.find()
    var text = """
      version: 0.1
      log: {accesslog: {disabled: false}}
      storage:
        filesystem: {rootdirectory: \(folder.appending("data"))}
        delete: {enabled: true}
      http:
        addr: "127.0.0.1:\(port)"

      """
    if isEncrypted {
      _ = try await Command(
        "openssl",
        [
          "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
          "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder.appending("key.pem").string, "-out",
          certificate.string,
        ]
      ).output()
      text += "  tls: {certificate: \(certificate), key: \(folder.appending("key.pem"))}\n"
    }
    if asksForPassword {
      try DurableFile.write(Array(Self.passwordFile.utf8), to: folder.appending("htpasswd"))
      text += "auth: {htpasswd: {realm: test, path: \(folder.appending("htpasswd"))}}\n"
    }
    try DurableFile.write(Array(text.utf8), to: folder.appending("config.yml"))
    process = try ChildProcess(
      "docker-registry", ["serve", folder.appending("config.yml").string], error: folder.appending("log"))
    let url = (isEncrypted ? "https://" : "http://") + host + "/v2/"
    for _ in 0..<200 {
      if try await Command("curl", ["-sk", url]).run().status == 0 { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Diagnostic(.failed, "docker-registry did not start: \(log)")
  }

  /// Removes what nothing refers to, as whoever looks after a registry does from time to time.
  package func collectGarbage() async throws {
    _ = try await Command(
      "docker-registry", ["garbage-collect", folder.appending("config.yml").string]
    ).output()
  }

  /// What it has said so far.
  package var log: String {
    String(decoding: (try? DurableFile.read(folder.appending("log"))) ?? [], as: UTF8.self)
  }
}
