import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct IngestTests {
  let folder: TemporaryFolder
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  private var leftovers: [String] { get throws { try Self.names(in: store.root.appending("ingest")) } }

  static func names(in folder: FilePath) throws -> [String] {
    guard let stream = opendir(folder.string) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  @Test(arguments: [0, 1, 4095, 1 << 20, (1 << 20) + 1, 3_500_000])
  func `stores what was written in pieces of any size`(_ size: Int) throws {
    let bytes = [UInt8](repeating: 7, count: size)
    for piece in [1000, 300_000, 2 << 20] {
      let ingest = try store.ingest()
      var rest = bytes[...]
      while !rest.isEmpty {
        try ingest.write(Array(rest.prefix(piece)))
        rest = rest.dropFirst(piece)
      }
      let digest = try ingest.commit(expecting: Digest(of: bytes), size: Int64(size))
      #expect(try store.read(digest) == bytes)
    }
    #expect(try leftovers.isEmpty)
  }

  @Test func `stores nothing that isn't what was expected`() throws {
    for (digest, size) in [(Digest(of: "other"), nil), (Digest(of: [1, 2]), 3), (nil, 1)]
      as [(Digest?, Int64?)]
    {
      let ingest = try store.ingest()
      try ingest.write([1, 2])
      let error = #expect(throws: Diagnostic.self) { try ingest.commit(expecting: digest, size: size) }
      #expect(error?.category == .verificationFailed)
    }
    #expect(try store.blobs().isEmpty)
    #expect(try leftovers.isEmpty)
  }

  @Test func `leaves nothing where it is dropped or given up`() throws {
    do { try store.ingest().write([1]) }
    let ingest = try store.ingest()
    try ingest.write([1])
    ingest.abandon()
    #expect(try leftovers.isEmpty)
  }

  @Test func `goes on with what an earlier one left`() throws {
    let bytes = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let digest = Digest(of: bytes)
    do {
      let ingest = try store.ingest(resuming: digest)
      try ingest.write(Array(bytes[..<1_234_567]))
    }
    #expect(!store.contains(digest))
    #expect(store.partialSize(of: digest) == 1_234_567)
    let ingest = try store.ingest(resuming: digest)
    #expect(ingest.count == 1_234_567)
    try ingest.write(Array(bytes[1_234_567...]))
    #expect(try ingest.commit(expecting: digest) == digest)
    #expect(try store.read(digest) == bytes)
    #expect(try leftovers.isEmpty)
  }

  @Test func `never writes into another's file`() throws {
    let digest = Digest(of: [1, 2, 3])
    let first = try store.ingest(resuming: digest)
    let second = try store.ingest(resuming: digest)
    #expect(first.isResumable)
    #expect(!second.isResumable)
    try first.write([1])
    try second.write([1, 2, 3])
    try second.commit(expecting: digest)
    try first.write([2, 3])
    try first.commit(expecting: digest)
    #expect(try store.read(digest) == [1, 2, 3])
    #expect(try leftovers.isEmpty)
  }

  @Test func `publishes a group together`() throws {
    let group = PublicationGroup(store)
    var digests: [Digest] = []
    for number in 0..<300 {
      let ingest = try store.ingest()
      try ingest.write(Array("member \(number)".utf8))
      digests.append(try group.add(ingest))
    }
    #expect(!store.contains(digests[299]))
    try group.publish()
    for digest in digests { #expect(store.contains(digest)) }
    #expect(try leftovers.isEmpty)
  }

  @Test func `says when the disk is full, and is well again when there is room`() async throws {
    let disk = folder.appending("disk")
    try DurableFile.createFolder(disk)
    _ = try await Command("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.string]).output()
    let outcome: Result<Void, any Error>
    do {
      try fill(disk)
      outcome = .success(())
    } catch { outcome = .failure(error) }
    _ = try await Command("umount", ["--lazy", disk.string]).output()
    try outcome.get()
  }

  private func fill(_ disk: FilePath) throws {
    let small = try Store(at: disk.appending("store"), creating: true)
    let kept = try small.publish([1, 2, 3])
    #expect(throws: Diagnostic.self) { try small.requireSpace(100 << 20) }
    let error = #expect(throws: Diagnostic.self) {
      try small.publish([UInt8](repeating: 1, count: 10 << 20))
    }
    #expect(error?.message.contains("no space left") == true)
    #expect(error?.hints.isEmpty == false)
    #expect(try small.blobs().count == 1)
    #expect(try Self.names(in: small.root.appending("ingest")).isEmpty)
    #expect(try small.read(kept) == [1, 2, 3])
    let later = try small.publish([UInt8](repeating: 1, count: 1 << 20))
    #expect(small.contains(later))
  }

  @Test func `reads from a read-only mount`() async throws {
    let digest = try store.publish([1, 2, 3])
    let view = folder.appending("view")
    try DurableFile.createFolder(view)
    _ = try await Command("mount", ["--bind", store.root.string, view.string]).output()
    _ = try await Command("mount", ["-o", "remount,ro,bind", view.string]).output()
    let outcome: Result<Void, any Error>
    do {
      let reader = try Store(at: view, creating: true)
      #expect(try reader.read(digest) == [1, 2, 3])
      #expect(try reader.open(digest).count == 3)
      try reader.hold([digest])
      let error = #expect(throws: Diagnostic.self) { try reader.publish([4]) }
      #expect(error?.message.contains("read-only") == true)
      outcome = .success(())
    } catch { outcome = .failure(error) }
    _ = try await Command("umount", ["--lazy", view.string]).output()
    try outcome.get()
  }
}
