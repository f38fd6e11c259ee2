import CLinux
import Essentials
import Glibc
import Images
import SystemPackage
import TestSupport
import Testing

@testable import Pools

/// Folders for the pools' state that can't be written to.
@Suite struct StateFolderTests {
  private static let request: BootRequest = {
    let descriptor = Descriptor(mediaType: "", digest: Digest(of: ""), size: 0)
    let machine = Machine(
      recipe: "tiny", lockfile: Digest(of: ""), index: descriptor, kernel: descriptor, initrd: descriptor,
      commandLine: "", services: [], secrets: [], state: [], sanity: [])
    var request = BootRequest(
      image: BootImage(
        digest: Digest(of: ""), machine: machine, kernel: "/none", initrd: "/none", index: "/none", layers: []
      ))
    request.memory = 128
    request.accelerator = .tcg
    return request
  }()

  @Test(arguments: [
    (false, "no space left on device", "free some space on the disk that holds "),
    (
      true, "read-only file system",
      "the file system is mounted read-only; set HARDTACK_STATE to another folder"
    ),
  ])
  func `names what is wrong and what to do, and starts nothing`(
    isReadOnly: Bool, reason: String, hint: String
  ) async throws {
    let folder = try TemporaryFolder()
    try #require(mount("tmpfs", folder.path.string, "tmpfs", 0, "size=64k,nr_inodes=3") == 0)
    defer { umount2(folder.path.string, 0) }
    let flags = isReadOnly ? UInt(MS_REMOUNT | MS_RDONLY) : 0
    try #require(!isReadOnly || mount(nil, folder.path.string, nil, flags, nil) == 0)
    let pools = PoolStore(folder: folder.path)
    let error = await #expect(throws: Diagnostic.self) {
      try await pools.boot(Self.request, store: nil, progress: Progress(style: .quiet))
    }
    let diagnostic = try #require(error)
    #expect(diagnostic.message.hasSuffix(reason), "\(diagnostic)")
    #expect(diagnostic.hints.first?.hasPrefix(hint) == true, "\(diagnostic)")
    #expect(try pools.names() == [])
  }
}
