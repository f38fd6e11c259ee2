import Essentials
import Images
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Registry

@Suite struct PackingTests {
  @Test func `the same bytes are compressed to the same, and that is remembered`() async throws {
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("a"), creating: true)
    let bytes = (0..<300_000).flatMap { Array("line \($0)\n".utf8) }
    let content = Descriptor(
      mediaType: MediaType.layer, digest: try store.publish(bytes), size: Int64(bytes.count))
    let packing = Packing(store: store)
    #expect(try packing.known(content) == nil)
    let stage = Progress(style: .quiet).stage("")
    let one = try packing.pack(content, stage)
    let two = try packing.pack(content, stage)
    #expect(one.descriptor == two.descriptor && one.descriptor.mediaType == MediaType.layer + "+zstd")
    #expect(try packing.known(content) == one.descriptor)
    let packed = try DurableFile.read(one.file)
    #expect(Digest(of: packed) == one.descriptor.digest && packed.count < bytes.count / 4)
    #expect(try await Command("zstd", ["-d", "-q", "-c", one.file.string]).output() == bytes)
    // It's no blob: nothing of it stays.
    #expect(try store.blobs().count == 1)
    try store.keep(Root(.archive, "it", digests: [content.digest]))
    _ = try store.collect()
    #expect(try packing.known(content) == one.descriptor)
  }
}
