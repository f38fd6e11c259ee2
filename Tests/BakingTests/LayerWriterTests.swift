import Baking
import Essentials
import SystemPackage
import TestSupport
import Testing

/// Layers as the tools that others read them with see them.
@Suite(.serialized) struct LayerWriterTests {
  private func makeTree(_ folder: TemporaryFolder, _ seed: Int) async throws -> FilePath {
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    _ = try await python(TreeScripts.make, [tree.string, String(seed)])
    return tree
  }

  private static let extractors: [[String]] = [
    [
      "tar", "--extract", "--same-owner", "--numeric-owner", "--same-permissions", "--xattrs",
      "--xattrs-include=*", "--warning=no-timestamp",
      "--warning=no-unknown-keyword",
      "--file",
    ],
    ["bsdtar", "--extract", "-p", "--numeric-owner", "--xattrs", "--acls", "--file"],
  ]

  @Test(arguments: [2, 6, 8, 9, 12, 15, 18, 103, 124], extractors)
  func `unpacks as the tree that was packed`(seed: Int, extractor: [String]) async throws {
    let folder = try TemporaryFolder()
    let tree = try await makeTree(folder, seed)
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    let out = folder.appending("out")
    try DurableFile.createFolder(out)
    let command = Command(
      extractor[0], Array(extractor.dropFirst()) + [packed.path.string, "-C", out.string],
      environment: ["LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    let result = try await command.run()
    #expect(result.status == 0, "\(result.errorText)")
    #expect(result.errorText == "")
    // bsdtar leaves the folder that it unpacks into as it is, and restores access control lists only from
    // libarchive's own form of them.
    let isLimited = extractor[0] == "bsdtar"
    let options = isLimited ? "noacl" : "all"
    let skipped = isLimited ? 1 : 0
    #expect(
      try await show(out, options).dropFirst(skipped) == (try await show(tree, options).dropFirst(skipped)))
  }

  @Test(arguments: 200..<212)
  func `unpacks itself as the tree that was packed`(seed: Int) async throws {
    let folder = try TemporaryFolder()
    let tree = try await makeTree(folder, seed)
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    let layer = try MappedFile(packed.path)
    let out = folder.appending("out")
    try DurableFile.createFolder(out)
    try LayerReader.unpack(layer, name: "the layer", into: out)
    #expect(try await show(out) == (try await show(tree)))
    // What was unpacked packs to the same bytes, and the tar alone gives the table.
    let again = try PackedTree(out, as: folder.appending("again.tar"))
    #expect(again.digest == packed.digest)
    #expect(try LayerReader.table(of: layer, name: "the layer").serialized() == packed.table.serialized())
  }

  @Test func `aligns contents, and pads the end`() async throws {
    let folder = try TemporaryFolder()
    let packed = try PackedTree(try await makeTree(folder, 8), as: folder.appending("layer.tar"))
    let files = packed.table.entries.filter { $0.kind == .file && $0.size > 0 }
    #expect(!files.isEmpty)
    #expect(files.allSatisfy { $0.offset % LayerWriter.alignment == 0 })
    #expect(packed.size % LayerWriter.alignment == 0)
  }

  @Test func `cuts times at the epoch and to whole seconds`() async throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    for (name, time) in [("old", "@1000.75"), ("new", "@3000000000")] {
      _ = try await Command("touch", ["-d", time, tree.appending(name).string]).output()
    }
    let table = try FileTree.scan(root: tree, epoch: 2000).table
    #expect(table.find("old".utf8).map { table.entries[$0].modified } == 1000)
    #expect(table.find("new".utf8).map { table.entries[$0].modified } == 2000)
  }

  @Test func `refuses a file named like a whiteout`() throws {
    let folder = try TemporaryFolder()
    try DurableFile.write([], to: folder.appending(".wh.gone"))
    #expect(throws: Diagnostic.self) { try FileTree.scan(root: folder.path, epoch: 0) }
  }

  @Test func `notices a file that changed`() throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    try DurableFile.write(Array("before".utf8), to: tree.appending("file"))
    let scanned = try FileTree.scan(root: tree, epoch: 0)
    try DurableFile.write(Array("after!".utf8), to: tree.appending("file"))
    let sink = try FileSink(folder.appending("layer.tar"))
    let error = #expect(throws: Diagnostic.self) { try LayerWriter.write(scanned, to: sink) }
    #expect(error?.message.hasSuffix("file changed while the layer was written") == true)
  }

  @Test func `leaves out sockets and what is excluded`() async throws {
    let folder = try TemporaryFolder()
    let script = """
      import os, socket, sys
      os.chdir(sys.argv[1])
      socket.socket(socket.AF_UNIX).bind('socket')
      for path in ['run/a', 'log/b', 'kept/c']: os.makedirs(path)
      """
    _ = try await python(script, [folder.path.string])
    let tree = try FileTree.scan(
      root: folder.path, epoch: 0, excluding: .init(entries: ["log"], contents: ["run"]))
    #expect(tree.dropped == ["socket"])
    #expect(
      tree.table.entries.indices.map { String(decoding: tree.table.path(of: $0), as: UTF8.self) } == [
        "", "kept", "kept/c", "run",
      ])
  }
}
