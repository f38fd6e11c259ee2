import Baking
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Indexes of trees that strain the form, and as erofs-utils see them.
@Suite(.serialized) struct IndexWriterTests {
  @Test func `holds a folder of 20,000 names`() async throws {
    let folder = try TemporaryFolder()
    let script = """
      import os, sys
      for n in range(20000): os.close(os.open('%s/%d-%s' % (sys.argv[1], n, 'x' * (n % 90)), os.O_CREAT | os.O_WRONLY))
      for n in range(300): os.makedirs('%s/sub/%d/%d' % (sys.argv[1], n, n))
      for f, ns, os_ in os.walk(sys.argv[1], topdown=False): os.utime(f, (5, 5)); [os.utime(f + '/' + n, (n.__len__(), 9)) for n in os_]
      """
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    _ = try await python(script, [tree.string])
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    let index = try FileSink(folder.appending("index"))
    try IndexWriter.write([packed.layer], to: index)
    _ = try index.finish()
    let found = try await withMounted(index.path, layers: [packed.path], at: folder.appending("mount")) {
      point in
      // Looked up by name, not only listed.
      for name in ["0-", "19999-" + String(repeating: "x", count: 19999 % 90)] {
        _ = try await Command("stat", [point.appending(name).string]).output()
      }
      return try await show(point)
    }
    #expect(found == (try await show(tree)))
  }

  @Test func `holds a sparse file of 5 GB`() async throws {
    let folder = try TemporaryFolder()
    let script = """
      import os, sys
      with open(sys.argv[1] + '/large', 'wb') as f:
          f.seek(3 << 30); f.write(b'middle'); f.truncate(5 << 30); f.seek((5 << 30) + 1); f.write(b'end')
      """
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    _ = try await python(script, [tree.string])
    let sink = try SparseSink(folder.appending("layer.tar"))
    let table = try LayerWriter.write(FileTree.scan(root: tree, epoch: 0), to: sink)
    try sink.finish()
    let index = try FileSink(folder.appending("index"))
    try IndexWriter.write([(table, Digest(of: "sparse"), table.layerSize)], to: index)
    _ = try index.finish()
    let look = """
      import sys
      f = open(sys.argv[1] + '/large', 'rb')
      for place in [0, (3 << 30) - 2, (5 << 30) - 2]: f.seek(place); print(f.read(10))
      print(f.seek(0, 2))
      """
    let found = try await withMounted(index.path, layers: [sink.path], at: folder.appending("mount")) {
      try await python(look, [$0.string])
    }
    #expect(found == (try await python(look, [tree.string])))
  }

  @Test func `shows zeros behind a mapped file's end where blocks are of 512 bytes`() async throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    for (name, count) in [("a", 5000), ("b", 100), ("c", 512), ("d", 4096)] {
      try DurableFile.write(Array(repeating: 65, count: count), to: tree.appending(name))
    }
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    let index = try FileSink(folder.appending("index"))
    try IndexWriter.write([packed.layer], to: index, blockSize: 512)
    _ = try index.finish()
    let stray = try await withMounted(index.path, layers: [packed.path], at: folder.appending("mount")) {
      point in
      try ["a", "b", "c", "d"].map { name in
        let file = try FileDescriptor.open(point.appending(name), .readOnly)
        defer { try? file.close() }
        let size = Int(try file.seek(offset: 0, from: .end))
        let pages = (size + 4095) / 4096 * 4096
        let mapping = try #require(mmap(nil, pages, PROT_READ, MAP_PRIVATE, file.rawValue, 0))
        defer { munmap(mapping, pages) }
        return UnsafeRawBufferPointer(start: mapping, count: pages)[size...].count { $0 != 0 }
      }
    }
    #expect(stray == [0, 0, 0, 0])
  }

  @Test func `passes fsck, and takes no more room than mkfs`() async throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    _ = try await python(TreeScripts.make, [tree.string, "303"])
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    let disk = try FileSink(folder.appending("disk"))
    let summary = try IndexWriter.write([packed.layer], to: disk, form: .singleDisk)
    try MappedFile(packed.path).withBytes { bytes in try disk.write(bytes) }
    _ = try disk.finish()
    let check = try await Command("fsck.erofs", ["-d1", disk.path.string]).run()
    #expect(check.status == 0, "\(check.errorText)")
    let dump = try await Command("dump.erofs", ["-s", disk.path.string]).output()
    #expect(
      String(decoding: dump, as: UTF8.self).contains(
        "Filesystem inode count:                       \(summary.inodeCount)"))

    // mkfs.erofs with the contents left out of the comparison: it can't point into a tar.
    let empty = folder.appending("empty")
    try DurableFile.createFolder(empty)
    _ = try await Command(
      "sh", ["-c", "cp -a \(tree)/. \(empty) && find \(empty) -type f -exec truncate -s 0 {} +"]
    ).output()
    let reference = folder.appending("reference")
    _ = try await Command("mkfs.erofs", [reference.string, empty.string]).output()
    let size = try MappedFile(reference).count
    #expect(summary.size <= Int64(size), "\(summary.size) of \(size) bytes")
  }

  @Test func `gives the same bytes for the same layers, and others for others`() async throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    try DurableFile.write(Array("content".utf8), to: tree.appending("file"))
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    func digest(_ layer: IndexWriter.Layer) throws -> Digest {
      let sink = try FileSink(folder.appending("index"))
      try IndexWriter.write([layer], to: sink)
      return try sink.finish()
    }
    let first = try digest(packed.layer)
    #expect(try digest(packed.layer) == first)
    #expect(try digest((packed.table, Digest(of: "other"), packed.size)) != first)
  }

  @Test func `refuses a layer that isn't aligned`() async throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    try DurableFile.write(Array("content".utf8), to: tree.appending("file"))
    let tar = folder.appending("plain.tar")
    _ = try await Command("tar", ["--create", "-b8", "--file", tar.string, "-C", tree.string, "."]).output()
    let layer = try MappedFile(tar)
    let table = try LayerReader.table(of: layer, name: "the layer")
    let error = #expect(throws: Diagnostic.self) {
      try IndexWriter.write([(table, Digest(of: "plain"), Int64(layer.count))], to: CountingSink())
    }
    #expect(error?.message == "/file of layer 1 isn't on a boundary of 4096 bytes")
    // Blocks of 512 bytes do for any tar.
    try IndexWriter.write(
      [(table, Digest(of: "plain"), Int64(layer.count))], to: CountingSink(), blockSize: 512)
  }
}

/// A sink that leaves holes where chunks are zeros.
final class SparseSink: ByteSink {
  let path: FilePath
  private let file: FileDescriptor
  private var size: Int64 = 0

  init(_ path: FilePath) throws {
    self.path = path
    file = try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: .ownerReadWrite)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    // All zeros: the first byte is, and each is as the one before.
    let isHole = bytes.baseAddress.map { bytes[0] == 0 && memcmp($0, $0 + 1, bytes.count - 1) == 0 } ?? true
    if !isHole { try attempt("write", path) { _ = try file.writeAll(toAbsoluteOffset: size, bytes) } }
    size += Int64(bytes.count)
  }

  func finish() throws {
    try file.resize(to: size)
    try file.close()
  }
}
