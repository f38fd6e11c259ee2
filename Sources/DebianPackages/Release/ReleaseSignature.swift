import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// Verifies signed Release files, by gpgv, as apt does.
package struct ReleaseSignature: Sendable {
  /// The machine's root folder, whose keyrings count for sources that name none.
  let root: FilePath

  package init(root: FilePath = "/") { self.root = root }

  /// The signed text of an `InRelease` file.
  ///
  /// What stands outside of the signature is never looked at: gpgv itself writes what it verified.
  /// - Parameters:
  ///   - bytes: the file.
  ///   - source: what it belongs to, and whose keys must have signed it.
  /// - Throws: `.verificationFailed` where no trusted key has signed it.
  package func verify(_ bytes: [UInt8], of source: AptSource) async throws -> [UInt8] {
    let folder = try Self.makeFolder()
    defer { Self.remove(folder) }
    let keyrings = try writeKeyrings(of: source, in: folder)
    guard !keyrings.isEmpty else {
      throw Diagnostic(
        .verificationFailed, "there is no key to verify \(source.suite) by", at: source.location,
        hints: ["install debian-archive-keyring, or name a keyring in the source's Signed-By"])
    }
    try DurableFile.write(bytes, to: folder.appending("InRelease"))
    let output = folder.appending("Release")
    let result = try await Command(
      "gpgv",
      ["--status-fd", "1", "--output", output.string] + keyrings.flatMap { ["--keyring", $0.string] }
        + [folder.appending("InRelease").string],
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "GNUPGHOME": folder.string]
    ).run()
    let status = result.outputText
    // One good signature is enough, as for apt; gpgv's exit code also counts those it has no key for.
    guard status.contains("[GNUPG:] VALIDSIG "), !status.contains("[GNUPG:] BADSIG "),
      FolderContents.exists(output)
    else {
      throw failure(source, status, result.errorText)
    }
    return try DurableFile.read(output, limit: 256 << 20)
  }

  private func failure(_ source: AptSource, _ status: String, _ said: String) -> Diagnostic {
    let reason: String
    var hint = "check that nobody tampers with the connection to the archive, then try again"
    if status.contains("[GNUPG:] BADSIG ") {
      reason = "was changed after it was signed"
    } else if status.contains("[GNUPG:] EXPKEYSIG ") || status.contains("[GNUPG:] KEYEXPIRED") {
      reason = "is signed by a key that has expired"
      hint = "upgrade debian-archive-keyring, or the keyring that the source names"
    } else if status.contains("[GNUPG:] REVKEYSIG ") {
      reason = "is signed by a key that was revoked"
    } else if let line = status.split(separator: "\n").first(where: { $0.hasPrefix("[GNUPG:] NO_PUBKEY ") }) {
      reason = "is signed by the unknown key \(line.split(separator: " ").last ?? "")"
      hint = "install debian-archive-keyring, or name the right keyring in the source's Signed-By"
    } else {
      reason = "carries no valid signature"
    }
    return Diagnostic(
      .verificationFailed, "the Release file of \(source.suite) \(reason)", at: source.location,
      notes: Command.tail(said, lines: 6), hints: [hint])
  }

  /// The files for gpgv, which reads no ASCII armour.
  private func writeKeyrings(of source: AptSource, in folder: FilePath) throws(Diagnostic) -> [FilePath] {
    switch source.signedBy {
    case .embedded(let text):
      return [try write(try Self.unarmoured(Array(text.utf8), "Signed-By of \(source.suite)"), 0, folder)]
    case .keyring(let path):
      return [try keyring(path, 0, folder)]
    case .trustedKeyrings:
      let trusted = root.appending("etc/apt/trusted.gpg.d")
      var paths = try FolderContents.names(trusted)
        .filter { $0.hasSuffix(".gpg") || $0.hasSuffix(".asc") }.map { trusted.appending($0) }
      let single = root.appending("etc/apt/trusted.gpg")
      if FolderContents.exists(single) { paths.append(single) }
      var keyrings: [FilePath] = []
      for (index, path) in paths.enumerated() { keyrings.append(try keyring(path, index, folder)) }
      return keyrings
    }
  }

  private func keyring(_ path: FilePath, _ index: Int, _ folder: FilePath) throws(Diagnostic) -> FilePath {
    let bytes = try DurableFile.read(path, limit: 64 << 20)
    guard bytes.starts(with: "-----BEGIN ".utf8) || path.extension == "asc" else { return path }
    return try write(try Self.unarmoured(bytes, path.string), index, folder)
  }

  private func write(_ bytes: [UInt8], _ index: Int, _ folder: FilePath) throws(Diagnostic) -> FilePath {
    let path = folder.appending("key\(index).gpg")
    try DurableFile.write(bytes, to: path)
    return path
  }

  /// The bytes behind all the ASCII armour in `bytes` (RFC 9580, section 6).
  static func unarmoured(_ bytes: [UInt8], _ name: String) throws(Diagnostic) -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    var result: [UInt8] = []
    var block: String?
    var inBody = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = line.filter { $0 != "\r" && $0 != " " }
      if line.hasPrefix("-----BEGIN") {
        block = ""
        inBody = false
      } else if line.hasPrefix("-----END") {
        guard let body = block, let data = Data(base64Encoded: body) else { break }
        result += data
        block = nil
      } else if block != nil, !inBody {
        inBody = line.isEmpty
      } else if block != nil, !line.hasPrefix("=") {
        block?.append(contentsOf: line)
      }
    }
    guard block == nil, !result.isEmpty else {
      throw Diagnostic(.verificationFailed, "\(name) holds no readable ASCII-armoured key")
    }
    return result
  }

  private static func makeFolder() throws(Diagnostic) -> FilePath {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = FilePath(base).appending("hardtack-\(getpid())-\(UInt64.random(in: 0 ... .max))")
    guard mkdir(path.string, 0o700) == 0 else { throw .system(.current, "create the folder", path) }
    return path
  }

  private static func remove(_ folder: FilePath) {
    for name in (try? FolderContents.names(folder)) ?? [] { unlink(folder.appending(name).string) }
    rmdir(folder.string)
  }
}
