import Baking
import Essentials
import SystemPackage
import TestSupport
import Testing

/// Layers joined by the index, against the same layers joined by the kernel's overlayfs.
@Suite(.serialized) struct MergedTreeTests {
  /// Changes an overlay's merged folder at random: `python3 - FOLDER SEED`.
  private static let change = #"""
    import os, random, shutil, sys
    root, rng = os.fsencode(sys.argv[1]), random.Random(int(sys.argv[2]))
    for step in range(60):
        paths = [os.path.join(f, n) for f, ns, os_ in os.walk(root) for n in ns + os_]
        paths.sort()
        if not paths: paths = [os.path.join(root, b'x')]
        path = rng.choice(paths)
        kind = rng.randrange(6)
        if kind == 0:
            if os.path.isdir(path) and not os.path.islink(path): shutil.rmtree(path)
            elif os.path.lexists(path): os.unlink(path)
        elif kind == 1 and os.path.lexists(path):
            # Another kind in its place; a folder over something becomes opaque.
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
                if rng.randrange(2): os.mkdir(path)
                else: os.symlink(b'elsewhere', path)
            else:
                os.unlink(path); os.mkdir(path); os.mkdir(os.path.join(path, b'inside'))
        elif kind == 2 and os.path.lexists(path):
            os.chown(path, rng.randrange(100), 5, follow_symlinks=False)
        elif kind == 3 and os.path.isdir(path) and not os.path.islink(path):
            new = os.path.join(path, b'new%d' % rng.randrange(50))
            if not os.path.lexists(new):
                with open(new, 'wb') as f: f.write(rng.randbytes(rng.randrange(9000)))
                if rng.randrange(3) == 0:
                    try: os.link(new, os.path.join(path, b'link%d' % rng.randrange(10 ** 6)))
                    except OSError: pass
        elif os.path.isfile(path) and not os.path.islink(path):
            with open(path, 'ab') as f: f.write(b'more')
    """#

  @Test(arguments: [301, 302, 305, 306, 308, 309, 311, 312])
  func `joins layers as overlayfs does`(seed: Int) async throws {
    // An overlay's upper folder must not lie in an overlay, so a file system of memory holds it.
    let folder = try TemporaryFolder()
    let memory = folder.appending("memory")
    try DurableFile.createFolder(memory)
    _ = try await Command("mount", ["-t", "tmpfs", "tmpfs", memory.string]).output()
    let failure: (any Error)?
    do {
      try await check(memory, seed)
      failure = nil
    } catch { failure = error }
    // Lazily: a process that another test starts just now holds all open files until it executes its program.
    _ = try await Command("umount", ["--recursive", "--lazy", memory.string]).output()
    if let failure { throw failure }
  }

  private func check(_ memory: FilePath, _ seed: Int) async throws {
    func made(_ name: String) throws -> FilePath {
      try DurableFile.createFolder(memory.appending(name))
      return memory.appending(name)
    }
    var lowers = [try made("base")]
    _ = try await python(TreeScripts.make, [lowers[0].string, String(seed)])
    let merged = try made("merged")
    for number in 1...3 {
      let upper = try made("upper\(number)")
      let options = [
        "lowerdir=" + lowers.reversed().map(\.string).joined(separator: ":"), "upperdir=\(upper)",
        "workdir=\(try made("work\(number)"))", "metacopy=off,redirect_dir=off,index=off",
      ]
      _ = try await Command(
        "mount", ["-t", "overlay", "-o", options.joined(separator: ","), "overlay", merged.string]
      ).output()
      _ = try await python(Self.change, [merged.string, String(seed * 10 + number)])
      if number < 3 { _ = try await Command("umount", ["--lazy", merged.string]).output() }
      lowers.append(upper)
    }
    // An overlay counts links as the file systems below do, and shows times that the epoch cuts here.
    let wanted = try await show(merged, "notime", "nolinks")
    let layers = try lowers.enumerated().map { number, tree in
      try PackedTree(tree, as: memory.appending("layer\(number).tar"), mode: .overlayUpper)
    }
    let index = try FileSink(memory.appending("index"))
    try IndexWriter.write(layers.map(\.layer), to: index)
    _ = try index.finish()
    let found = try await withMounted(
      index.path, layers: layers.map(\.path), at: memory.appending("index-mount")
    ) {
      try await show($0, "notime", "nolinks")
    }
    #expect(found == wanted)

    // The same on one disk.
    let disk = try FileSink(memory.appending("disk"))
    let summary = try IndexWriter.write(layers.map(\.layer), to: disk, form: .singleDisk)
    #expect(summary.layerStarts.first == summary.size)
    for layer in layers { try MappedFile(layer.path).withBytes { bytes in try disk.write(bytes) } }
    _ = try disk.finish()
    let alone = try await withMounted(disk.path, at: memory.appending("disk-mount")) {
      try await show($0, "notime", "nolinks")
    }
    #expect(alone == wanted)
    // And unpacked one into the other: the uppers as they were.
    for (layer, tree) in zip(layers, lowers) {
      let out = try made("out-\(tree.lastComponent?.string ?? "")")
      try LayerReader.unpack(try MappedFile(layer.path), name: "a layer", into: out)
      let again = try PackedTree(out, as: memory.appending("again.tar"), mode: .overlayUpper)
      #expect(again.digest == layer.digest)
    }
  }
}
