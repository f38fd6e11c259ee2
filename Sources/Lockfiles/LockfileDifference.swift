import Essentials

/// What moved from one lockfile to another.
package struct LockfileDifference: Sendable, Equatable {
  /// What happened to one artifact.
  package enum Change: Sendable, Equatable {
    case added(version: String)
    case removed(version: String)
    case moved(from: String, to: String)
    /// The same version with other bytes.
    case rebuilt(version: String)
  }

  package enum Part: Sendable, CaseIterable {
    case debian
    case initrd
    /// Packages that only building wheels needs.
    case build
    case python
    /// Source distributions, and the wheels that they are built with.
    case sources
  }

  package struct Move: Sendable, Equatable {
    package var part: Part
    package var name: String
    package var change: Change
    /// Which kind of suite a package now comes from, where its name says one: `security`, `updates`.
    package var origin: String?
  }

  /// By part, then by name.
  package var moves: [Move]
  /// What the new lockfile pins and the old one doesn't, in bytes, each content once.
  package var bytesToFetch: Int64

  /// - Parameter old: nil where there was no lockfile: then everything is new.
  package init(from old: Lockfile?, to new: Lockfile) {
    var moves: [Move] = []
    let before = Self.artifacts(old)
    let after = Self.artifacts(new)
    for part in Part.allCases {
      let (old, new) = (before[part] ?? [:], after[part] ?? [:])
      for name in Set(old.keys).union(new.keys).sorted(by: precedes) {
        guard let change = Self.change(old[name], new[name]) else { continue }
        moves.append(Move(part: part, name: name, change: change, origin: new[name]?.origin))
      }
    }
    self.moves = moves
    let known = Set(old?.artifacts.map(\.digest) ?? [])
    var sizes: [Digest: Int64] = [:]
    for artifact in new.artifacts where !known.contains(artifact.digest) {
      sizes[artifact.digest] = artifact.size
    }
    bytesToFetch = sizes.values.reduce(0) { sum, size in
      let (total, isTooMuch) = sum.addingReportingOverflow(size)
      return isTooMuch ? .max : total
    }
  }

  package var isEmpty: Bool { moves.isEmpty }

  /// One line a move: `nginx 1.22.1-9 → 1.22.1-9+deb12u11 (security)`.
  package var summary: [String] { moves.map(\.description) }

  private struct Artifact {
    var version: String
    var digest: Digest
    var origin: String?
  }

  private static func change(_ old: Artifact?, _ new: Artifact?) -> Change? {
    switch (old, new) {
    case (nil, nil): nil
    case (nil, .some(let new)): .added(version: new.version)
    case (.some(let old), nil): .removed(version: old.version)
    case (.some(let old), .some(let new)):
      old.version != new.version
        ? .moved(from: old.version, to: new.version)
        : old.digest != new.digest ? .rebuilt(version: new.version) : nil
    }
  }

  private static func artifacts(_ lockfile: Lockfile?) -> [Part: [String: Artifact]] {
    guard let lockfile else { return [:] }
    func debian(_ pins: [Lockfile.DebianPin]) -> [String: Artifact] {
      let pairs = pins.map { pin in
        (pin.name, Artifact(version: pin.version, digest: pin.digest, origin: origin(of: pin.suite)))
      }
      return Dictionary(pairs) { first, _ in first }
    }
    let wheels = (lockfile.python?.packages ?? []).map { pin in
      (pin.name, Artifact(version: pin.version, digest: pin.digest))
    }
    let sources = (lockfile.python?.sources ?? []).flatMap { source in
      [(source.file, Artifact(version: source.version, digest: source.digest))]
        + source.requires.map {
          ("\($0.name) to build \(source.name)", Artifact(version: $0.version, digest: $0.digest))
        }
    }
    return [
      .debian: debian(lockfile.debian.packages), .initrd: debian(lockfile.debian.initrd),
      .build: debian(lockfile.debian.build), .python: Dictionary(wheels) { first, _ in first },
      .sources: Dictionary(sources) { first, _ in first },
    ]
  }

  /// `bookworm-security` is security; an archive of the recipe's own is called by its name.
  private static func origin(of suite: String) -> String? {
    if let slash = suite.firstIndex(of: "/") { return String(suite[..<slash]) }
    return suite.lastIndex(of: "-").map { String(suite[suite.index(after: $0)...]) }
  }
}

extension LockfileDifference.Move: CustomStringConvertible {
  package var description: String {
    let uses: [LockfileDifference.Part: String] = [.initrd: " in the initrd", .build: " for building"]
    let place = (uses[part] ?? "") + (origin.map { " (\($0))" } ?? "")
    return switch change {
    case .added(let version): "\(name) \(version) added\(place)"
    case .removed(let version): "\(name) \(version) removed\(place)"
    case .moved(let from, let to): "\(name) \(from) → \(to)\(place)"
    case .rebuilt(let version): "\(name) \(version) has other content\(place)"
    }
  }
}
