import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// Verifies signed Release files, by gpgv, as apt does.
package struct ReleaseSignature: Sendable {
  /// The machine's root folder, whose keyrings count for sources that name none.
  let root: FilePath

  package init(root: FilePath = "/") { self.root = root }

  /// The signed text of an `InRelease` file, or of a ``DetachedRelease``.
  ///
  /// What stands outside of the signature is never looked at: gpgv itself writes what it verified.
  /// - Parameters:
  ///   - bytes: the file.
  ///   - source: what it belongs to, and whose keys must have signed it.
  /// - Throws: `.verificationFailed` where no trusted key has signed it.
  package func verify(_ bytes: [UInt8], of source: AptSource) async throws -> [UInt8] {
    guard let (signature, release) = DetachedRelease.split(bytes) else {
      return try await verify(["InRelease": bytes], of: source)
    }
    _ = try await verify(["Release.gpg": Array(signature), "Release": Array(release)], of: source)
    return Array(release)
  }

  private func verify(_ files: [String: [UInt8]], of source: AptSource) async throws -> [UInt8] {
    let folder = try Self.makeFolder()
    defer { Self.remove(folder) }
    let keyrings = try writeKeyrings(of: source, in: folder)
    guard !keyrings.isEmpty else {
      throw Diagnostic(
        .verificationFailed, "there is no key to verify \(source.suite) by", at: source.location,
        hints: ["install debian-archive-keyring, or name a keyring in the source's Signed-By"])
    }
    for (name, bytes) in files { try DurableFile.write(bytes, to: folder.appending(name)) }
    let isDetached = files.count > 1
    let output = folder.appending("verified")
    let arguments =
      isDetached
      ? [folder.appending("Release.gpg").string, folder.appending("Release").string]
      : ["--output", output.string, folder.appending("InRelease").string]
    let result = try await Command(
      "gpgv",
      ["--status-fd", "1"] + keyrings.flatMap { ["--keyring", $0.string] } + arguments,
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "GNUPGHOME": folder.string]
    ).run()
    // One good signature is enough, as for apt; gpgv's exit code also counts those it has no key for.
    let status = SignatureStatus(result.outputText)
    guard status.isTrusted(source.signedBy.fingerprints), isDetached || FolderContents.exists(output) else {
      throw failure(source, status, result.errorText)
    }
    return isDetached ? [] : try DurableFile.read(output, limit: 256 << 20)
  }

  private func failure(_ source: AptSource, _ status: SignatureStatus, _ said: String) -> Diagnostic {
    let verdicts = status.signatures.map(\.verdict)
    let unknown = verdicts.compactMap { if case .unknownKey(let key) = $0 { key } else { nil } }
    let reason: String
    var hint = "check that nobody tampers with the connection to the archive, then try again"
    if verdicts.contains(.bad) {
      reason = "was changed after it was signed"
    } else if verdicts.contains(.good) {
      reason = "is signed by a key that the source's Signed-By does not name"
      hint = "check the fingerprints in Signed-By"
    } else if verdicts.contains(.expiredKey) || verdicts.contains(.expiredSignature) {
      reason = "is signed by a key that has expired"
      hint = "upgrade debian-archive-keyring, or the keyring that the source names"
    } else if verdicts.contains(.revokedKey) {
      reason = "is signed by a key that was revoked"
    } else if verdicts.contains(.weakDigest) {
      reason = "is signed by way of a digest that can be forged"
      hint = "ask whoever runs the archive to sign it by SHA-256 or better"
    } else if let key = unknown.first {
      reason = "is signed by the unknown key \(key)"
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
      guard FolderContents.exists(path) else {
        throw Diagnostic(
          .verificationFailed, "there is no keyring \(path) to verify \(source.suite) by",
          at: source.location,
          hints: ["install the package that holds it, or name another keyring"])
      }
      return [try keyring(path, 0, folder)]
    case .keyrings(let paths):
      var keyrings: [FilePath] = []
      for (index, path) in paths.enumerated() { keyrings.append(try keyring(path, index, folder)) }
      return keyrings
    case .trustedKeyrings, .fingerprints:
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
