import Essentials
import Synchronization

/// Who owns which path of a root tree that several packages are unpacked into at once.
///
/// dpkg unpacks one package after the other and lets the order decide; here the outcome is the same whatever
/// the order: folders are shared and look as the first package of the list has them, a file of two
/// packages goes to the one that declares `Replaces`, and anything else is an error that names both.
final class TreeClaims: Sendable {
  /// A package's place in the list of those being unpacked.
  typealias Owner = Int

  enum Kind: Sendable, Equatable {
    case folder
    case link(target: String)
    case other
  }

  enum Decision: Sendable, Equatable {
    /// Nobody had it.
    case write
    /// Another package's file gives way.
    case replace
    /// The file that stands there stays.
    case skip
  }

  private struct Claim {
    var kind: Kind
    var owner: Owner
    var metadata: FolderMetadata?
  }

  struct FolderMetadata: Sendable, Equatable {
    var permissions: UInt16
    var owner: UInt32
    var group: UInt32
    var modified: Int64
  }

  private let claims: Mutex<[String: Claim]>
  private let names: [String]
  private let replaces: [Set<String>]

  /// - Parameters:
  ///   - names: the packages' names, in the order of the list.
  ///   - replaces: for each of them the names in its `Replaces`.
  ///   - links: links that stand in the tree before anything is unpacked, as path and target.
  init(names: [String], replaces: [Set<String>], links: [String: String]) {
    self.names = names
    self.replaces = replaces
    claims = Mutex(links.mapValues { Claim(kind: .link(target: $0), owner: -1) })
  }

  /// The path that `path` really is, its parents' links followed within the tree.
  /// - Parameter path: relative to the root, without `.`, `..` or empty components.
  func resolve(_ path: String) throws(Diagnostic) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    let resolved = claims.withLock { claims in Self.follow(String(path[..<slash]), claims, 0) }
    guard let folder = resolved else {
      throw Diagnostic(
        .verificationFailed, "/\(path) lies behind a loop of links, or one that leaves the tree")
    }
    return folder.isEmpty ? String(path[path.index(after: slash)...]) : folder + path[slash...]
  }

  private static func follow(_ path: String, _ claims: [String: Claim], _ depth: Int) -> String? {
    guard depth < 16 else { return nil }
    var done: [Substring] = []
    let components = path.split(separator: "/")
    for (index, component) in components.enumerated() {
      done.append(component)
      guard case .link(let target)? = claims[done.joined(separator: "/")]?.kind else { continue }
      done.removeLast()
      var base = target.hasPrefix("/") ? [] : done
      for part in target.split(separator: "/") where part != "." {
        if part != ".." {
          base.append(part)
        } else if base.popLast() == nil {
          return nil
        }
      }
      base.append(contentsOf: components[(index + 1)...])
      return follow(base.joined(separator: "/"), claims, depth + 1)
    }
    return done.joined(separator: "/")
  }

  /// Claims a folder.
  /// - Returns: whether it has to be created.
  func claimFolder(_ path: String, by owner: Owner, _ metadata: FolderMetadata) throws(Diagnostic) -> Bool {
    try result {
      try self.claims.withLock { claims in
        guard let claim = claims[path] else {
          claims[path] = Claim(kind: .folder, owner: owner, metadata: metadata)
          return true
        }
        switch claim.kind {
        case .folder:
          if claim.metadata == nil || owner < claim.owner {
            claims[path] = Claim(kind: .folder, owner: owner, metadata: metadata)
          }
        // A package may ship a folder where another, or the merged /usr, has a link to one.
        case .link: break
        case .other: throw self.conflict(path, owner, claim.owner)
        }
        return false
      }
    }
  }

  /// Claims a folder that a package didn't list, above something that it did.
  /// - Returns: whether it has to be created.
  func claimParent(_ path: String, by owner: Owner) -> Bool {
    claims.withLock { claims in
      guard claims[path] == nil else { return false }
      claims[path] = Claim(kind: .folder, owner: owner)
      return true
    }
  }

  /// Claims a path for anything but a folder.
  func claim(_ path: String, by owner: Owner, _ kind: Kind) throws(Diagnostic) -> Decision {
    try result {
      try self.claims.withLock { claims in
        guard let claim = claims[path] else {
          claims[path] = Claim(kind: kind, owner: owner)
          return .write
        }
        if claim.owner == owner { throw self.duplicate(path, owner) }
        guard claim.owner >= 0, claim.kind != .folder else { throw self.conflict(path, owner, claim.owner) }
        let yields = self.replaces[claim.owner].contains(self.names[owner])
        let takes = self.replaces[owner].contains(self.names[claim.owner])
        guard yields || takes else { throw self.conflict(path, owner, claim.owner) }
        if yields && (!takes || claim.owner > owner) { return .skip }
        claims[path] = Claim(kind: kind, owner: owner)
        return .replace
      }
    }
  }

  /// All folders with the metadata that they get when everything is unpacked, deepest first.
  func folders() -> [(path: String, metadata: FolderMetadata)] {
    claims.withLock { claims in
      claims.compactMap { path, claim in claim.metadata.map { (path, $0) } }
    }.sorted { $0.path > $1.path }
  }

  private func result<Value>(_ body: () throws -> Value) throws(Diagnostic) -> Value {
    do {
      return try body()
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch {
      throw Diagnostic(.bug, "\(error)")
    }
  }

  private func conflict(_ path: String, _ one: Owner, _ other: Owner) -> Diagnostic {
    let pair = [one, other].sorted().map { $0 < 0 ? "the merged /usr" : names[$0] }
    return Diagnostic(
      .failed, "the packages \(pair[0]) and \(pair[1]) both ship /\(path)",
      hints: ["leave one of the two out of the recipe's packages"])
  }

  private func duplicate(_ path: String, _ owner: Owner) -> Diagnostic {
    Diagnostic(.verificationFailed, "the package \(names[owner]) ships /\(path) twice")
  }
}
