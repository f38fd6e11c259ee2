import DebianPackages
import Essentials
import Glibc
import Lockfiles
import Storage

/// A lockfile's packages as an apt repository: one suite, `frozen`, with one component, `main`, which hold exactly what is
/// pinned, at the pinned versions.
///
/// Format: Debian's repository format (the wiki page DebianRepository/Format): a package's paragraph is its own control
/// file's, with `Filename`, `Size` and `SHA256`.
struct AptView: Sendable {
  static let suite = "frozen"

  /// What the repository consists of beside the packages, by its path below the root.
  private let files: [String: Content]

  init(_ lockfile: Lockfile, in store: Store, key: SigningKey) async throws {
    let pins = lockfile.debian.all
    let paragraphs = try await pins.concurrentMap { pin in try Self.paragraph(pin, in: store) }
    let architecture = lockfile.debian.architecture.debian
    let packages = Array(paragraphs.joined(separator: "\n").utf8)
    let place = "main/binary-\(architecture)"
    let release = Self.release(
      lockfile, architecture,
      [("\(place)/Packages", packages), ("\(place)/Packages.gz", Gzip.compress(packages) ?? [])])
    let folder = "dists/\(Self.suite)"
    files = [
      "\(folder)/InRelease": Content("text/plain; charset=utf-8", try await key.sign(release)),
      "\(folder)/Release": Content("text/plain; charset=utf-8", release),
      "\(folder)/\(place)/Packages": Content("text/plain; charset=utf-8", packages),
      "\(folder)/\(place)/Packages.gz": Content("application/gzip", Gzip.compress(packages) ?? []),
      "key.asc": Content("application/pgp-keys", key.publicKey),
    ]
  }

  func content(_ path: [String]) -> Content? { files[path.joined(separator: "/")] }

  private static func paragraph(_ pin: Lockfile.DebianPin, in store: Store) throws -> String {
    let file = try DebFile(try store.open(pin.digest), name: "\(pin.name) \(pin.version)")
    var lines = file.control.split(separator: "\n", omittingEmptySubsequences: true)
    // What an archive adds is no business of a control file's.
    lines.removeAll { line in
      ["filename:", "size:", "sha256:"].contains { line.lowercased().hasPrefix($0) }
    }
    return lines.map { $0 + "\n" }.joined()
      + "Filename: pool/\(pin.digest.hexadecimal)/\(Self.fileName(pin))\nSize: \(pin.size)\nSHA256: \(pin.digest.hexadecimal)\n"
  }

  /// Without the colon of an epoch, as archives have it.
  private static func fileName(_ pin: Lockfile.DebianPin) -> String {
    let version = pin.version.split(separator: ":", maxSplits: 1).last.map(String.init) ?? pin.version
    return "\(pin.name)_\(version)_\(pin.architecture).deb"
  }

  private static func release(
    _ lockfile: Lockfile, _ architecture: String, _ files: [(path: String, bytes: [UInt8])]
  ) -> String {
    let lines = [
      "Origin: hardtack", "Label: hardtack", "Suite: \(suite)", "Codename: \(suite)",
      "Date: \(HTTPDate.text(lockfile.epoch, zone: "UTC"))", "Architectures: \(architecture)",
      "Components: main",
      "Description: what the lockfile \(lockfile.digest.short) pins", "SHA256:",
    ]
    return
      (lines + files.map { " \(Digest(of: $0.bytes).hexadecimal) \($0.bytes.count) \($0.path)" })
      .map { $0 + "\n" }.joined()
  }
}

/// Dates as HTTP, mail and Release files have them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
enum HTTPDate {
  static func text(_ seconds: Int64, zone: String = "GMT") -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(days[Int(parts.tm_wday) % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12])"
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(two).joined(separator: ":")
    return "\(day) \(parts.tm_year + 1900) \(clock) \(zone)"
  }
}
