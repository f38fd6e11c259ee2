package import Essentials

/// The Release file of a suite: what it's called, and the digests of its package indexes.
///
/// Format: Debian's repository format, https://wiki.debian.org/DebianRepository/Format.
package struct ReleaseFile: Sendable {
  package struct Entry: Sendable, Hashable {
    /// Relative to the Release file's folder.
    package var path: String
    /// In bytes.
    package var size: Int64
    package var digest: Digest
  }

  package let origin: String
  package let label: String
  package let suite: String
  package let codename: String
  package let version: String
  /// In seconds since 1970.
  package let date: Int64
  /// In seconds since 1970; nil where it does not expire.
  package let validUntil: Int64?
  package let isNotAutomatic: Bool
  package let hasAutomaticUpgrades: Bool
  /// Whether indexes are also found under their digests.
  package let hasByHash: Bool
  package let components: [String]
  package let entries: [String: Entry]

  /// Reads a Release file whose signature was verified before.
  /// - Parameters:
  ///   - bytes: the signed text alone.
  ///   - name: what messages call it.
  package init(parsing bytes: [UInt8], name: String) throws(Diagnostic) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic(.verificationFailed, "\(name) is not UTF-8 text")
    }
    let fields = try ControlParagraph(parsing: text, name: name)
    origin = fields["origin"] ?? ""
    label = fields["label"] ?? ""
    suite = fields["suite"] ?? ""
    codename = fields["codename"] ?? ""
    version = fields["version"] ?? ""
    isNotAutomatic = fields["notautomatic"] == "yes"
    hasAutomaticUpgrades = fields["butautomaticupgrades"] == "yes"
    hasByHash = fields["acquire-by-hash"] == "yes"
    components = (fields["components"] ?? "").split(separator: " ").map(String.init)
    guard let dateText = fields["date"], let date = ReleaseDate.seconds(dateText) else {
      throw Diagnostic(.verificationFailed, "\(name) has no readable Date")
    }
    self.date = date
    validUntil = try fields["valid-until"].map { text throws(Diagnostic) in
      guard let seconds = ReleaseDate.seconds(text) else {
        throw Diagnostic(.verificationFailed, "\(name) has a Valid-Until that isn't a date: '\(text)'")
      }
      return seconds
    }
    guard let list = fields["sha256"] else {
      throw Diagnostic(.verificationFailed, "\(name) lists no SHA256 digests")
    }
    var entries: [String: Entry] = [:]
    for line in list.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 3, let digest = Digest(hexadecimal: words[0]), let size = Int64(words[1]),
        size >= 0,
        !words[2].hasPrefix("/"), !words[2].split(separator: "/").contains("..")
      else {
        throw Diagnostic(.verificationFailed, "\(name) has the malformed SHA256 line '\(line)'")
      }
      let path = String(words[2])
      entries[path] = Entry(path: path, size: size, digest: digest)
    }
    self.entries = entries
  }

  /// The package index of a component, in the smallest form that the archive has.
  package func packageIndex(component: String, architecture: Architecture) -> Entry? {
    let base = "\(component)/binary-\(architecture.debian)/Packages"
    return ["\(base).xz", "\(base).zst", "\(base).gz", base].lazy.compactMap { entries[$0] }.first
  }
}

/// The dates of Release files, as RFC 1123 writes them: `Sat, 17 May 2025 09:25:45 UTC`.
enum ReleaseDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970, or nil where `text` is no such date in UTC.
  static func seconds(_ text: String) -> Int64? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "," })
    guard words.count == 6, let day = Int64(words[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]),
      (1970...9999).contains(year),
      ["UTC", "GMT", "+0000", "Z"].contains(words[5])
    else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]),
      (0...60).contains(clock[2])
    else { return nil }
    return days(year, Int64(month + 1), day) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }

  /// Days since 1970-01-01 in the Gregorian calendar, years counted from March.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  }
}
