import Essentials
import Glibc
package import SystemPackage

/// A Debian archive of a test's own: packages that dpkg-deb builds, and Release files that gpg signs with a key
/// made for the occasion.
package struct DebianArchive: Sendable {
  package struct Package: Sendable {
    package var name: String
    package var version: String
    /// Further fields of the control file, a line each.
    package var fields: [String]
    /// Bytes of a file that it installs.
    package var payload: Int

    package init(_ name: String, _ version: String, _ fields: String..., payload: Int = 0) {
      self.name = name
      self.version = version
      self.fields = fields
      self.payload = payload
    }

    package var fileName: String { "\(name)_\(version)_all.deb" }
    /// Where it lies, from the archive's root.
    package var path: String { "pool/\(fileName)" }
    var control: String {
      let head = [
        "Package: \(name)", "Version: \(version)", "Architecture: all",
        "Maintainer: Test <test@example.test>",
      ]
      return (head + fields + ["Description: made for a test"]).map { $0 + "\n" }.joined()
    }
  }

  /// What may be wrong with a suite as it's published.
  package enum Fault: Sendable {
    /// A word of the Release file was changed behind the signature.
    case tampered
    /// Signed by a key that nobody knows.
    case unknownKey
    case unsigned
    /// The Release file lists another digest of the package index.
    case wrongIndex
    /// The package index lacks its last half.
    case truncatedIndex
  }

  /// Where a suite's signature stands.
  package enum Form: Sendable {
    /// `InRelease`.
    case inline
    /// `Release` and `Release.gpg`, in ASCII armour or as it is.
    case detached(isArmored: Bool = true)
  }

  /// The archive's root.
  package let root: FilePath
  /// The keyring that its Release files are signed by.
  package let keyring: FilePath
  private let keys: FilePath

  /// 2025-11-01 12:00 UTC.
  package static let date: Int64 = 1_761_998_400

  /// Makes an archive without suites in `folder`, which must be empty.
  package init(in folder: FilePath) async throws {
    root = folder.appending("archive")
    keys = folder.appending("keys")
    keyring = keys.appending("archive.gpg")
    try DurableFile.createFolder(root.appending("pool"))
    try DurableFile.createFolder(keys, mode: 0o700)
    _ = try await sign(
      """
      g --quick-generate-key 'archive <archive@example.test>' ed25519 sign never
      g --quick-generate-key 'other <other@example.test>' ed25519 sign never
      g --export archive@example.test > archive.gpg
      """, [])
  }

  /// Publishes `suite` with `packages`, in place of what it was; the pool keeps older files.
  /// - Parameters:
  ///   - date: in seconds since 1970.
  ///   - validUntil: likewise.
  ///   - isBackports: whether nothing is taken from it unless asked for.
  package func publish(
    _ suite: String, _ packages: [Package], date: Int64 = Self.date, validUntil: Int64? = nil,
    isBackports: Bool = false, fault: Fault? = nil, form: Form = .inline
  ) async throws {
    try await build(packages)
    var text = ""
    for package in packages {
      let bytes = try DurableFile.read(root.pushing(FilePath(package.path)))
      text += package.control
      text += "Filename: \(package.path)\nSize: \(bytes.count)\nSHA256: \(Digest(of: bytes).hexadecimal)\n\n"
    }
    let folder = root.appending("dists").appending(suite)
    let place = folder.pushing("main/binary-amd64")
    try DurableFile.createFolder(place)
    let index = Array(text.utf8)
    try DurableFile.write(
      fault == .truncatedIndex ? Array(index.prefix(index.count / 2)) : index,
      to: place.appending("Packages"))
    let digest = fault == .wrongIndex ? Digest(of: "another") : Digest(of: index)
    var lines = [
      "Origin: Debian", "Label: Debian", "Suite: \(suite)", "Codename: \(suite)",
      "Date: \(try await Self.text(date))",
    ]
    if let validUntil { lines.append("Valid-Until: \(try await Self.text(validUntil))") }
    if isBackports { lines += ["NotAutomatic: yes", "ButAutomaticUpgrades: yes"] }
    lines += [
      "Architectures: amd64", "Components: main", "SHA256:",
      " \(digest.hexadecimal) \(index.count) main/binary-amd64/Packages",
    ]
    let release = Array(lines.map { $0 + "\n" }.joined().utf8)
    for name in ["InRelease", "Release", "Release.gpg"] { unlink(folder.appending(name).string) }
    let key = "g -u \(fault == .unknownKey ? "other" : "archive")@example.test"
    let tampered = { (bytes: [UInt8]) in
      guard fault == .tampered else { return bytes }
      return Array(
        String(decoding: bytes, as: UTF8.self).replacing("Label: Debian", with: "Label: Debiam").utf8)
    }
    switch form {
    case .inline:
      let signed = fault == .unsigned ? release : try await sign("\(key) --clearsign", release)
      try DurableFile.write(tampered(signed), to: folder.appending("InRelease"))
    case .detached(let isArmored):
      try DurableFile.write(tampered(release), to: folder.appending("Release"))
      guard fault != .unsigned else { return }
      let signature = try await sign("\(key)\(isArmored ? " --armor" : "") --detach-sign", release)
      try DurableFile.write(signature, to: folder.appending("Release.gpg"))
    }
  }

  private func build(_ packages: [Package]) async throws {
    let made = FilePath(root.string + "-build")
    var script = "set -e\n"
    for package in packages {
      guard (try? DurableFile.read(root.pushing(FilePath(package.path)))) == nil else { continue }
      let folder = made.appending("\(package.name)_\(package.version)")
      try DurableFile.createFolder(folder.appending("DEBIAN"))
      try DurableFile.write(Array(package.control.utf8), to: folder.pushing("DEBIAN/control"))
      if package.payload > 0 {
        try DurableFile.write(
          Array(repeating: UInt8(ascii: "x"), count: package.payload), to: folder.appending("payload"))
      }
      script +=
        "dpkg-deb --root-owner-group -Znone -b '\(folder)' '\(root.pushing(FilePath(package.path)))' > /dev/null\n"
    }
    _ = try await Command("sh", ["-c", script]).output()
  }

  /// What `script`, in the folder of keys, makes of `input`; in it, `g` is gpg with a home of its own.
  private func sign(_ script: String, _ input: [UInt8]) async throws -> [UInt8] {
    let head = """
      set -e; export GNUPGHOME="$PWD"; trap 'gpgconf --kill all' EXIT
      g() { gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' "$@"; }

      """
    return try await Command("sh", ["-c", head + script], workingDirectory: keys, input: input).output()
  }

  /// A date as Release files have it.
  private static func text(_ seconds: Int64) async throws -> String {
    let bytes = try await Command(
      "date", ["-u", "-d", "@\(seconds)", "+%a, %d %b %Y %H:%M:%S UTC"],
      environment: ["LC_ALL": "C", "PATH": "/usr/bin:/bin"]
    ).output()
    return String(decoding: bytes.dropLast(), as: UTF8.self)
  }
}
