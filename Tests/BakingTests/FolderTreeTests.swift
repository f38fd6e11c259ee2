import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct FolderTreeTests {
  /// A name in Latin-1.
  private static let name: [CChar] = [0x63, 0x61, 0x66, CChar(bitPattern: 0xE9), 0]

  private static func make(_ folder: TemporaryFolder) throws -> FilePath {
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    let handle = open(tree.string, O_RDONLY | O_DIRECTORY)
    defer { close(handle) }
    #expect(mkdirat(handle, name, 0o755) == 0)
    let inner = openat(handle, name, O_RDONLY | O_DIRECTORY)
    close(openat(inner, name, O_WRONLY | O_CREAT, 0o644))
    close(inner)
    return tree
  }

  @Test func `removes what has a name that isn't text`() throws {
    let folder = try TemporaryFolder()
    let tree = try Self.make(folder)
    try FolderTree.remove(tree)
    #expect(!FolderTree.exists(tree))
  }

  @Test func `removes links, not what they lead to`() throws {
    let folder = try TemporaryFolder()
    try DurableFile.write([], to: folder.appending("kept"))
    try DurableFile.createFolder(folder.appending("tree"))
    #expect(symlink(folder.appending("kept").string, folder.appending("tree/link").string) == 0)
    try FolderTree.remove(folder.appending("tree"))
    #expect(FolderTree.exists(folder.appending("kept")) && !FolderTree.exists(folder.appending("tree")))
  }

  @Test func `names a file of the source whose name isn't text`() throws {
    let folder = try TemporaryFolder()
    let tree = try Self.make(folder)
    let error = #expect(throws: Diagnostic.self) { try SourceTree.read(tree) }
    #expect(error?.message.hasSuffix("isn't UTF-8") == true)
  }
}
