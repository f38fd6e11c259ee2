import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct CorruptionTests {
  let folder: TemporaryFolder
  let store: Store
  let content = [UInt8](repeating: 9, count: 2_000_000)

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  enum Damage: CaseIterable {
    case flip, truncate, append, empty

    func apply(_ path: FilePath) throws {
      #expect(chmod(path.string, 0o644) == 0)
      let file = try FileDescriptor.open(path, .readWrite)
      defer { try? file.close() }
      switch self {
      case .flip: _ = try file.writeAll(toAbsoluteOffset: 1_500_000, [8])
      case .truncate: #expect(ftruncate(file.rawValue, 1_999_999) == 0)
      case .append: _ = try file.writeAll(toAbsoluteOffset: 2_000_000, [9])
      case .empty: #expect(ftruncate(file.rawValue, 0) == 0)
      }
    }
  }

  @Test(arguments: Damage.allCases, ["read", "open", "path", "verify"])
  func `finds damage and puts it aside`(_ damage: Damage, _ way: String) async throws {
    let digest = try store.publish(content)
    let path = try store.path(of: digest)
    try damage.apply(path)
    // As another process sees it, with the same marks.
    let store = try Store(at: store.root, creating: false)
    switch way {
    case "verify":
      #expect(try await store.verify(Progress(style: .quiet)).damaged == [digest])
    default:
      let error = #expect(throws: Diagnostic.self) {
        switch way {
        case "read": _ = try store.read(digest)
        case "open": _ = try store.open(digest)
        default: _ = try store.path(of: digest)
        }
      }
      #expect(error?.category == .verificationFailed)
      #expect(error?.hints.isEmpty == false)
    }
    #expect(!store.contains(digest))
    #expect(try IngestTests.names(in: store.root.appending("quarantine")).count == 1)
    #expect(try store.publish(content) == digest)
    #expect(try store.read(digest) == content)
  }

  @Test func `a restored time of modification hides nothing`() throws {
    let digest = try store.publish(content)
    let path = try store.path(of: digest)
    var before = stat()
    #expect(stat(path.string, &before) == 0)
    try Damage.flip.apply(path)
    var times = [before.st_atim, before.st_mtim]
    #expect(utimensat(AT_FDCWD, path.string, &times, 0) == 0)
    #expect(throws: Diagnostic.self) { try store.open(digest) }
  }

  @Test func `a damaged mark costs a second reading and nothing else`() async throws {
    let digest = try store.publish(content)
    for name in try IngestTests.names(in: store.root.appending("verified")) {
      let path = store.root.appending("verified").appending(name)
      try DurableFile.write(Array("\(digest.hexadecimal) 1 2\nnonsense\n\u{0}".utf8), to: path)
    }
    try Damage.flip.apply(store.path(of: digest))
    #expect(throws: Diagnostic.self) { try Store(at: store.root, creating: false).open(digest) }
  }

  @Test func `replaces a damaged blob when it is published again`() throws {
    let digest = try store.publish(content)
    try Damage.truncate.apply(store.path(of: digest))
    #expect(try store.publish(content) == digest)
    #expect(try store.read(digest) == content)
  }

  @Test func `takes a folder in a blob's place for no blob`() throws {
    let digest = Digest(of: "x")
    try DurableFile.createFolder(store.root.pushing(FilePath("blobs/sha256/\(digest.hexadecimal)")))
    #expect(!store.contains(digest))
    #expect(throws: Diagnostic.self) { try store.read(digest) }
  }
}
