import Essentials
import TestSupport
import Testing

@testable import Pools

@Suite struct HostResourcesTests {
  private let information = Array("MemTotal:  8000000 kB\nMemAvailable:    2048000 kB\n".utf8)

  @Test func `lets machines start that fit into memory`() throws {
    try HostResources.checkMemory(instances: 1, memory: 1024, information: information)
  }

  @Test func `says what is needed and what is there`() throws {
    let error = #expect(throws: Diagnostic.self) {
      try HostResources.checkMemory(instances: 4, memory: 1024, information: information)
    }
    #expect(
      try #require(error).message
        == "not enough memory: 4 instances need 5.1 GB, and 2.1 GB are available")
  }

  @Test func `refuses state disks that the disk can't hold`() throws {
    let folder = try TemporaryFolder()
    try HostResources.checkDisk(1 << 20, in: folder.path)
    #expect(throws: Diagnostic.self) { try HostResources.checkDisk(1 << 60, in: folder.path) }
  }
}
