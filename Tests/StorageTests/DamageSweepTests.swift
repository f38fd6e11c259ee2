import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

/// One byte flipped, dropped or added in every file: a verification finds each.
@Suite struct DamageSweepTests {
  let folder: TemporaryFolder
  let root: FilePath

  init() throws {
    // In memory: there are thousands of runs, each of which would wait for a disk.
    folder = try TemporaryFolder(in: "/dev/shm")
    root = folder.appending("store")
    let store = try Store(at: root, creating: true)
    let layer = try store.publish(Array("a layer".utf8))
    let manifest = try store.publish(Array("{\"layers\": [{\"digest\": \"\(layer)\"}]}".utf8))
    try store.publish([])
    try store.keep(
      Root(.image, manifest.hexadecimal, digests: [manifest], labels: [Root.recipeLabel: "demo"]))
    try store.keep(Root(.lockfile, "/recipe", digests: [layer]))
    try store.keep(Root(.pool, "pool", digests: [manifest]))
    try store.record(
      ActionKey("a", version: 1), ActionResult(outputs: ["layer": layer], metadata: ["b": "c"]))
  }

  enum Damage: CaseIterable {
    case flip, drop, add

    func applied(to bytes: [UInt8], at index: Int, _ random: inout SplitMix) -> [UInt8]? {
      var bytes = bytes
      switch self {
      case .flip:
        guard index < bytes.count else { return nil }
        bytes[index] ^= UInt8(1) << UInt8.random(in: 0...7, using: &random)
      case .drop:
        guard index < bytes.count else { return nil }
        bytes.remove(at: index)
      case .add: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
      }
      return bytes
    }
  }

  @Test(arguments: Damage.allCases)
  func `is found`(_ damage: Damage) async throws {
    var random = SplitMix(4)
    var files: [(path: FilePath, bytes: [UInt8])] = []
    for place in ["blobs/sha256", "actions", "roots/image", "roots/lockfile", "roots/pool"] {
      let folder = root.pushing(FilePath(place))
      for name in try IngestTests.names(in: folder) {
        files.append((folder.appending(name), try DurableFile.read(folder.appending(name))))
      }
    }
    #expect(files.count == 7)
    let longest = try #require(files.map { $0.bytes.count }.max())
    // All files at once, at one place after the other. A byte more or less shifts all that follows, so some places do.
    for index in stride(from: 0, through: longest, by: damage == .flip ? 1 : 7) {
      var count = 0
      for file in files where index <= file.bytes.count {
        guard let bad = damage.applied(to: file.bytes, at: index, &random) else { continue }
        unlink(file.path.string)
        try DurableFile.write(bad, to: file.path)
        count += 1
      }
      let found = try await Store(at: root, creating: false).verify(Progress(style: .quiet))
      #expect(
        found.damaged.count + found.actions + found.references.count == count, "byte \(index)")
      for file in files { try DurableFile.write(file.bytes, to: file.path) }
    }
    #expect(try await Store(at: root, creating: false).verify(Progress(style: .quiet)).isSound)
  }
}
