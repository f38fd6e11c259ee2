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

  /// What blobs refer to, for walks that come by the same ones.
  final class Known {
    fileprivate var references: [Digest: [Reference]] = [:]
  }

  struct Reference {
    var digest: Digest
    /// Whether it's the digest of an OCI descriptor: then it surely stands for a blob.
    var isDescriptor: Bool
  }

  let store: Store
  /// Whether the store's lock is held alone meanwhile.
  let isLocked: Bool
  private let known: Known
  private(set) var reached: Set<Digest> = []

  init(_ store: Store, isLocked: Bool, known: Known = Known()) {
    self.store = store
    self.isLocked = isLocked
    self.known = known
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
      open += try references(of: digest).map(\.digest)
    }
  }

  /// Adds digests and all that descriptors in them name.
  mutating func add(descriptorsFrom digests: some Sequence<Digest>) throws(Diagnostic) {
    var open = Array(digests)
    while let digest = open.popLast() {
      guard reached.insert(digest).inserted else { continue }
      open += try references(of: digest).filter(\.isDescriptor).map(\.digest)
    }
  }

  /// Adds what a root needs.
  mutating func add(_ root: Root) throws(Diagnostic) {
    switch root.kind {
    case .lockfile, .archive: add(leaves: root.digests)
    case .image, .pool: try add(following: root.digests)
    }
  }

  private func references(of digest: Digest) throws(Diagnostic) -> [Reference] {
    if let found = known.references[digest] { return found }
    guard let size = store.size(of: digest), size <= Self.limit, try beginsAsObject(digest) else { return [] }
    let found = Self.references(in: try store.read(digest, limit: Int(Self.limit), isLocked: isLocked))
    known.references[digest] = found
    return found
  }

  private func beginsAsObject(_ digest: Digest) throws(Diagnostic) -> Bool {
    let (file, _) = try store.openBlob(digest)
    defer { try? file.close() }
    var first: UInt8 = 0
    return pread(file.rawValue, &first, 1, 0) == 1 && first == UInt8(ascii: "{")
  }

  private static let prefix = Array("sha256:".utf8)
  private static let key = Array("\"digest\"".utf8)

  static func references(in bytes: [UInt8]) -> [Reference] {
    var found: [Reference] = []
    var index = 0
    while index + 71 <= bytes.count {
      guard bytes[index] == UInt8(ascii: "s"), bytes[index..<index + 7].elementsEqual(prefix) else {
        index += 1
        continue
      }
      let digest = bytes[index + 7..<index + 71].withUnsafeBytes { Digest(hexadecimal: $0) }
      if let digest {
        found.append(Reference(digest: digest, isDescriptor: isDescriptor(bytes[..<index])))
      }
      index += 7
    }
    return found
  }

  /// Whether what stands before a digest makes it a descriptor's: `"digest": "`.
  private static func isDescriptor(_ before: ArraySlice<UInt8>) -> Bool {
    var rest = before
    func skip(_ byte: UInt8) -> Bool {
      while let last = rest.last, last == 32 || (9...13).contains(last) { rest.removeLast() }
      return rest.popLast() == byte
    }
    guard rest.popLast() == UInt8(ascii: "\""), skip(UInt8(ascii: ":")) else { return false }
    while let last = rest.last, last == 32 || (9...13).contains(last) { rest.removeLast() }
    return rest.suffix(key.count).elementsEqual(key)
  }
}
