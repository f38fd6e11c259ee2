import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct UpperTreeTests {
  let folder: TemporaryFolder
  let tree: UpperTree
  var lower: FilePath { folder.appending("lower") }
  var upper: FilePath { folder.appending("upper") }

  init() throws {
    folder = try TemporaryFolder()
    for name in ["lower", "lower/usr", "lower/usr/lib", "lower/opt", "upper"] {
      try DurableFile.createFolder(folder.appending(name))
    }
    #expect(symlink("usr/lib", folder.appending("lower/lib").string) == 0)
    #expect(symlink("/opt", folder.appending("lower/away").string) == 0)
    tree = UpperTree(upper: folder.appending("upper"), lowers: [folder.appending("lower")])
  }

  @Test(arguments: [
    ("/etc/app/file", "etc/app/file"), ("/lib/unit", "usr/lib/unit"), ("/away/x/y", "opt/x/y"),
    ("/lib/../file", "usr/file"),
  ])
  func `places a file where the image has it`(path: String, place: String) throws {
    #expect(try tree.place(path) == upper.pushing(FilePath(place)))
  }

  @Test func `gives folders the owner, mode and time that they have below`() throws {
    let below = lower.appending("opt").string
    #expect(chmod(below, 0o1771) == 0 && chown(below, 7, 8) == 0)
    #expect(
      utimensat(AT_FDCWD, below, [timespec(tv_sec: 5, tv_nsec: 0), timespec(tv_sec: 6, tv_nsec: 0)], 0) == 0)
    _ = try tree.place("/opt/venv/file")
    var found = stat()
    #expect(stat(upper.appending("opt").string, &found) == 0)
    #expect(found.st_mode & 0o7777 == 0o1771 && found.st_uid == 7 && found.st_gid == 8)
    #expect(stat(upper.pushing("opt/venv").string, &found) == 0)
    #expect(found.st_mode & 0o7777 == 0o755)
  }

  @Test func `refuses a path behind a loop of links, or behind a file`() throws {
    #expect(symlink("loop", lower.appending("loop").string) == 0)
    #expect(throws: Diagnostic.self) { try tree.place("/loop/file") }
    try DurableFile.write([], to: lower.appending("file"))
    let error = #expect(throws: Diagnostic.self) { try tree.place("/file/x") }
    #expect(error?.message == "/file of the image is no folder")
  }

  @Test func `writes nothing through a link of the layer's own`() throws {
    #expect(symlink(folder.appending("outside").string, upper.appending("link").string) == 0)
    #expect(throws: Diagnostic.self) { try UpperTree.write([1], to: upper.appending("link"), mode: 0o644) }
    #expect(access(folder.appending("outside").string, F_OK) != 0)
  }
}
