import Essentials
import Glibc
package import SystemPackage

/// The key that frozen apt repositories are signed with: made once, by gpg, in a folder of its own.
package struct SigningKey: Sendable {
  private let home: FilePath

  /// The public key, ASCII-armoured: what `signed-by` in an apt source names.
  let publicKey: [UInt8]

  private static let user = "hardtack serve"

  /// Reads the key in `home`, or makes one there.
  /// - Throws: where gpg isn't installed or fails.
  package init(in home: FilePath) async throws {
    self.home = home
    try DurableFile.createFolder(home, mode: 0o700)
    // gpg insists on it.
    guard chmod(home.string, 0o700) == 0 else {
      throw Diagnostic.system(.current, "change the mode of", home)
    }
    var key = try await Self.export(home)
    if key.isEmpty {
      _ = try await Self.gpg(
        home, ["--passphrase", "", "--quick-generate-key", Self.user, "ed25519", "sign", "never"])
      key = try await Self.export(home)
    }
    await Self.endAgent(home)
    publicKey = key
  }

  /// `text` with a signature around it (RFC 9580, section 7): an `InRelease` file.
  func sign(_ text: String) async throws -> [UInt8] {
    let signed = try await Self.gpg(
      home, ["--local-user", Self.user, "--digest-algo", "SHA256", "--clearsign"], input: Array(text.utf8))
    await Self.endAgent(home)
    return signed
  }

  private static func export(_ home: FilePath) async throws -> [UInt8] {
    try await gpg(home, ["--armor", "--export", user])
  }

  private static func gpg(_ home: FilePath, _ arguments: [String], input: [UInt8] = []) async throws
    -> [UInt8]
  {
    let all =
      ["--homedir", home.string, "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"] + arguments
    let result = try await Command("gpg", all, input: input).run()
    guard result.status == 0 else {
      throw Command("gpg", all).failure(result).hint(
        "see that gpg is installed, or serve without frozen apt repositories by --no-apt")
    }
    return result.output
  }

  /// gpg leaves a process behind that keeps keys at hand.
  private static func endAgent(_ home: FilePath) async {
    _ = try? await Command("gpgconf", ["--homedir", home.string, "--kill", "all"]).run()
  }
}
