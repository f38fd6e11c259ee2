import Baking
import Essentials
import SystemPackage
import TestSupport
import Testing

@Suite struct LayerReaderTests {
  /// Writes a tar of one's own choosing by Python's tarfile: `python3 - ARCHIVE CODE`.
  private static let write = #"""
    import io, sys, tarfile
    archive = tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[3]))
    def add(name, type=tarfile.REGTYPE, content=b'', **fields):
        info = tarfile.TarInfo(name)
        info.type, info.size = type, len(content)
        for key, value in fields.items(): setattr(info, key, value)
        archive.addfile(info, io.BytesIO(content))
    exec(sys.argv[2])
    archive.close()
    """#

  private func tar(_ folder: TemporaryFolder, _ code: String, _ format: String = "PAX_FORMAT") async throws
    -> MappedFile
  {
    let path = folder.appending("a.tar")
    _ = try await python(Self.write, [path.string, code, format])
    return try MappedFile(path)
  }

  @Test(arguments: [
    ("add('../out')", "leaves the tree"),
    ("add('a/../../out')", "leaves the tree"),
    ("add('a'); add('a')", "twice"),
    ("add('a'); add('./a', tarfile.DIRTYPE)", "twice"),
    ("add('a', tarfile.SYMTYPE, linkname='/etc'); add('a/b')", "below what is no folder"),
    ("add('a', tarfile.LNKTYPE, linkname='/etc/passwd')", "which it doesn't hold"),
    ("add('a', tarfile.LNKTYPE, linkname='../b')", "leaves the tree"),
    ("add('a', tarfile.LNKTYPE, linkname='b'); add('b', tarfile.LNKTYPE, linkname='a')", "no tree can have"),
    ("add('a', tarfile.DIRTYPE); add('b', tarfile.LNKTYPE, linkname='a')", "no tree can have"),
    ("add('a', tarfile.SYMTYPE, linkname='')", "no tree can have"),
    ("add('a', b'S')", "unknown type"),
    ("add('a', pax_headers={'GNU.sparse.major': '1'})", "aren't understood"),
    ("add('.wh..wh.plnk')", "isn't understood"),
    ("add('/'.join(['d'] * 600), tarfile.DIRTYPE)", "no tree can have"),
    ("add('a' * 256)", "no tree can have"),
  ])
  func `refuses what is no layer`(code: String, fault: String) async throws {
    let folder = try TemporaryFolder()
    let layer = try await tar(folder, code)
    let out = folder.appending("out")
    try DurableFile.createFolder(out)
    let error = #expect(throws: Diagnostic.self) {
      try LayerReader.unpack(layer, name: "the layer", into: out)
    }
    #expect(error?.category == .verificationFailed)
    #expect(error?.message.contains(fault) == true, "\(error?.message ?? "")")
    // Nothing was made, inside or outside.
    #expect(try await show(out).count == 1)
  }

  @Test(arguments: ["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"])
  func `reads the forms of tar that others write`(format: String) async throws {
    let folder = try TemporaryFolder()
    let code = """
      add('usr/bin/tool', content=b'tool', mode=0o4755, uid=7, gid=8, mtime=1234)
      add('./usr/bin/', tarfile.DIRTYPE, mode=0o750)
      add('usr/\("long/" + String(repeating: "n", count: 99))', tarfile.SYMTYPE, linkname='t' * 100)
      add('usr/again', tarfile.LNKTYPE, linkname='./usr/bin/tool')
      add('usr/.wh.gone')
      add('usr/lib/.wh..wh..opq')
      """
    let table = try LayerReader.table(of: try await tar(folder, code, format), name: "the layer")
    func entry(_ path: String) throws -> LayerEntry { table.entries[try #require(table.find(path.utf8))] }
    let tool = try entry("usr/bin/tool")
    #expect(table.entries[table.resolved(try #require(table.find("usr/again".utf8)))] == tool)
    #expect([tool.size, tool.modified, Int64(tool.owner), Int64(tool.group)] == [4, 1234, 7, 8])
    #expect(tool.permissions == 0o4755)
    #expect(try entry("usr/bin").permissions == 0o750)
    #expect(try entry("usr").isImplied)
    #expect(try entry("usr/gone").kind == .whiteout)
    #expect(try entry("usr/lib").isOpaque)
  }

  @Test func `joins what is there without following links`() async throws {
    let folder = try TemporaryFolder()
    let layer = try await tar(folder, "add('a/b/c', content=b'new'); add('file', content=b'new')")
    let script = """
      import os, sys
      os.chdir(sys.argv[1])
      os.makedirs('out/a'); os.makedirs('outside')
      os.symlink('../../outside', 'out/a/b'); os.symlink('../outside/file', 'out/file')
      """
    _ = try await python(script, [folder.path.string])
    try LayerReader.unpack(layer, name: "the layer", into: folder.appending("out"))
    #expect(try await show(folder.appending("outside")).count == 1)
    #expect(try DurableFile.read(folder.appending("out/a/b/c")) == Array("new".utf8))
    #expect(try DurableFile.read(folder.appending("out/file")) == Array("new".utf8))
  }
}
