import Essentials
import Glibc
import SystemPackage

/// Follows references from roots and leases to everything that must stay.
///
/// A reference is `sha256:` and 64 digits anywhere in a small blob of JSON text: descriptors in manifests and
/// configurations are, and whatever else a later version may refer by. What is taken for a reference without being one
/// keeps a blob too many, never one too few.
struct Reachability {
  /// A larger blob is no manifest and refers to nothing.
  static let limit: Int64 = 4 << 20

  let store: Store
  /// Whether the store's lock is held alone meanwhile.
  let isLocked: Bool
  private(set) var reached: Set<Digest> = []

  init(_ store: Store, isLocked: Bool) {
    self.store = store
    self.isLocked = isLocked
  }

  /// Adds digests that refer to nothing further.
  mutating func add(leaves: some Sequence<Digest>) { reached.formUnion(leaves) }

  /// Adds digests and all they refer to.
  /// - Throws: `verificationFailed` where a blob that might refer to others is damaged.
  mutating func add(following digests: some Sequence<Digest>) throws(Diagnostic) {
    var open = Array(digests)
    while let digest = open.popLast() {
      // Without a limit on the depth: every blob is entered once.
      guard reached.insert(digest).inserted else { continue }
      open += try references(of: digest)
    }
  }

  private func references(of digest: Digest) throws(Diagnostic) -> [Digest] {
    guard let size = store.size(of: digest), size <= Self.limit, try beginsAsObject(digest) else { return [] }
    return Self.references(in: try store.read(digest, limit: Int(Self.limit), isLocked: isLocked))
  }

  private func beginsAsObject(_ digest: Digest) throws(Diagnostic) -> Bool {
    let (file, _) = try store.openBlob(digest)
    defer { try? file.close() }
    var first: UInt8 = 0
    return pread(file.rawValue, &first, 1, 0) == 1 && first == UInt8(ascii: "{")
  }

  private static let prefix = Array("sha256:".utf8)

  static func references(in bytes: [UInt8]) -> [Digest] {
    var found: [Digest] = []
    var index = 0
    while index + 71 <= bytes.count {
      guard bytes[index] == UInt8(ascii: "s"), bytes[index..<index + 7].elementsEqual(prefix) else {
        index += 1
        continue
      }
      let text = String(decoding: bytes[index + 7..<index + 71], as: UTF8.self)
      if let digest = Digest(hexadecimal: text) { found.append(digest) }
      index += 7
    }
    return found
  }
}
