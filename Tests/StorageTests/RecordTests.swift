import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

/// Actions, roots and tags.
@Suite struct RecordTests {
  let folder: TemporaryFolder
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  @Test func `remembers what an action made`() throws {
    let key = ActionKey("layer", version: 1, inputs: ["recipe": Digest(of: "x")], parameters: ["a": "b"])
    #expect(try store.action(for: key) == nil)
    let result = ActionResult(outputs: ["layer": try store.publish([1])], metadata: ["files": "17"])
    try store.record(key, result)
    #expect(try store.action(for: key) == result)
    #expect(try Store(at: store.root, creating: false).action(for: key) == result)
  }

  @Test func `gives different inputs different keys`() {
    let x = Digest(of: "x")
    let keys = [
      ActionKey("a", version: 1), ActionKey("b", version: 1), ActionKey("a", version: 2),
      ActionKey("a", version: 1, inputs: ["i": x]), ActionKey("a", version: 1, inputs: ["j": x]),
      ActionKey("a", version: 1, parameters: ["i": x.description]),
      ActionKey("a", version: 1, parameters: ["ab": "c"]),
      ActionKey("a", version: 1, parameters: ["a": "bc"]),
      ActionKey("a", version: 1, parameters: ["a": "b", "c": "d"]),
    ]
    #expect(Set(keys).count == keys.count)
    // The same everywhere and for ever, or every cache is lost.
    #expect(
      ActionKey("a", version: 1).description
        == Digest(of: "17:hardtack action 11:a1:11:0").description)
  }

  @Test func `takes a damaged record, or one whose output is gone, for none`() throws {
    let key = ActionKey("layer", version: 1)
    let digest = try store.publish([1])
    try store.record(key, ActionResult(outputs: ["layer": digest]))
    let path = store.root.pushing(FilePath("actions/\(key.digest.hexadecimal).json"))
    let good = try DurableFile.read(path)
    for index in good.indices {
      var bad = good
      bad[index] ^= 1
      let file = try FileDescriptor.open(path, .writeOnly, options: .truncate)
      try file.closeAfter { _ = try file.writeAll(bad) }
      #expect(try store.action(for: key) == nil)
    }
    try DurableFile.write(good, to: path)
    #expect(try store.action(for: key) != nil)
    unlink(try store.path(of: digest).string)
    #expect(try store.action(for: key) == nil)
  }

  @Test func `keeps roots by kind and name`() throws {
    let digest = try store.publish([1])
    let root = Root(.lockfile, "a/b c.lock", digests: [digest], labels: ["recipe": "logic"])
    try store.keep(root)
    try store.keep(Root(.image, "a/b c.lock", digests: [digest]))
    #expect(try store.root(.lockfile, "a/b c.lock") == root)
    #expect(try store.roots().map(\.kind) == [.lockfile, .image])
    #expect(try store.forget(.lockfile, "a/b c.lock"))
    #expect(try !store.forget(.lockfile, "a/b c.lock"))
    #expect(try store.root(.lockfile, "a/b c.lock") == nil)
  }

  @Test func `moves a name from one manifest to the next`() throws {
    let one = try store.publish([1])
    let two = try store.publish([2])
    try store.tag(Tag("v1", mediaType: "x/y", digest: one, size: 1))
    try store.tag(Tag("v2", mediaType: "x/y", digest: one, size: 1))
    try store.tag(Tag("v1", mediaType: "x/y", digest: two, size: 1))
    #expect(try store.resolve("v1")?.digest == two)
    #expect(try store.tags().map(\.name) == ["v2", "v1"])
    #expect(throws: Diagnostic.self) {
      try store.tag(Tag("v3", mediaType: "x/y", digest: Digest(of: "absent"), size: 1))
    }
    #expect(try store.untag("v2"))
    #expect(try store.resolve("v2") == nil)
  }
}
