import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct SourceTreeTests {
  let folder: TemporaryFolder
  var source: FilePath { folder.appending("app") }

  init() throws {
    folder = try TemporaryFolder()
    for name in ["app", "app/pages", "app/.git", "app/__pycache__", "image"] {
      try DurableFile.createFolder(folder.appending(name))
    }
    for name in ["manage.py", "pages/views.py", "pages/old.pyc", ".git/HEAD", "__pycache__/x"] {
      try DurableFile.write(Array(name.utf8), to: folder.appending("app").pushing(FilePath(name)))
    }
    #expect(chmod(folder.appending("app/manage.py").string, 0o700) == 0)
    #expect(symlink("manage.py", folder.appending("app/link").string) == 0)
  }

  private func read() throws -> SourceTree { try SourceTree.read(source) }

  @Test func `holds what an image needs of a folder`() throws {
    #expect(try read().entries.map(\.path) == ["link", "manage.py", "pages", "pages/views.py"])
  }

  @Test func `leaves out what it's told to, with all below it`() throws {
    let tree = try SourceTree.read(source) { path, isFolder in path == "pages" && isFolder }
    #expect(tree.entries.map(\.path) == ["link", "manage.py"])
  }

  @Test func `depends on names, contents, links and who may execute, and on nothing else`() throws {
    let digest = try read().digest
    #expect(chmod(source.appending("manage.py").string, 0o755) == 0)
    #expect(chown(source.appending("manage.py").string, 5, 5) == 0)
    #expect(try read().digest == digest)
    #expect(chmod(source.appending("manage.py").string, 0o644) == 0)
    #expect(try read().digest != digest)
    #expect(chmod(source.appending("manage.py").string, 0o755) == 0)
    try DurableFile.write([1], to: source.pushing("pages/views.py"))
    #expect(try read().digest != digest)
  }

  @Test func `selects files with the folders above them`() throws {
    let tree = try read().selecting { path, _ in path.hasSuffix("views.py") }
    #expect(tree.entries.map(\.path) == ["pages", "pages/views.py"])
  }

  @Test func `copies with the image's owners and modes`() throws {
    let image = folder.appending("image")
    try read().copy(to: "/srv/app", in: UpperTree(upper: image, lowers: []))
    var found = stat()
    #expect(stat(image.pushing("srv/app/manage.py").string, &found) == 0)
    #expect(found.st_mode & 0o7777 == 0o755)
    #expect(stat(image.pushing("srv/app/pages/views.py").string, &found) == 0)
    #expect(found.st_mode & 0o7777 == 0o644)
    #expect(try DurableFile.read(image.pushing("srv/app/pages/views.py")) == Array("pages/views.py".utf8))
  }

  @Test func `says so where a file changes while it's baked`() throws {
    let tree = try read()
    try DurableFile.write([1], to: source.pushing("pages/views.py"))
    let error = #expect(throws: Diagnostic.self) {
      try tree.copy(to: "/srv", in: UpperTree(upper: folder.appending("image"), lowers: []))
    }
    #expect(error?.message.hasSuffix("views.py changed while it was being baked") == true)
    #expect(error?.hints == ["run the command again"])
  }

  @Test func `refuses what is neither file nor folder nor link`() throws {
    #expect(mkfifo(source.appending("pipe").string, 0o600) == 0)
    let error = #expect(throws: Diagnostic.self) { try read() }
    #expect(error?.message.hasSuffix("pipe is neither file nor folder nor link") == true)
  }
}
