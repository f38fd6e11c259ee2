import Essentials
import Glibc
import Images
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct PortPlanTests {
  private func request(port: UInt16?, count: Int) -> BootRequest {
    let descriptor = Descriptor(mediaType: "", digest: Digest(of: ""), size: 0)
    let machine = Machine(
      recipe: "logic", lockfile: Digest(of: ""), index: descriptor, kernel: descriptor, initrd: descriptor,
      commandLine: "", services: [], secrets: [], state: [],
      sanity: [SanityCheck(get: "/"), SanityCheck(get: "/", port: 8000)])
    var request = BootRequest(
      image: BootImage(
        digest: Digest(of: ""), machine: machine, kernel: "", initrd: "", index: "", layers: []))
    request.port = port
    request.count = count
    return request
  }

  @Test func `gives every instance ports of its own`() throws {
    let folder = try TemporaryFolder()
    let plan = try PortPlan(pools: PoolStore(folder: folder.path)).forwards(
      for: request(port: nil, count: 3), numbers: [1, 2, 3])
    #expect(plan.map { $0.map(\.guest) } == [[80, 8000], [80, 8000], [80, 8000]])
    #expect(Set(plan.flatMap { $0.map(\.host) }).count == 6)
  }

  @Test func `names the process that holds a port`() throws {
    let folder = try TemporaryFolder()
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(handle) }
    var address = LoopbackPort.loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(handle, $0, length)
        _ = listen(handle, 1)
        _ = getsockname(handle, $0, &length)
      }
    }
    let port = UInt16(bigEndian: address.sin_port)
    let error = #expect(throws: Diagnostic.self) {
      try PortPlan(pools: PoolStore(folder: folder.path)).forwards(
        for: request(port: port, count: 1), numbers: [1])
    }
    let message = try #require(error).message
    #expect(message.hasPrefix("the port \(port) of 127.0.0.1 is in use by the process '"))
    #expect(message.hasSuffix("(\(getpid()))"))
  }

  @Test func `refuses ports past the last one`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: Diagnostic.self) {
      try PortPlan(pools: PoolStore(folder: folder.path)).forwards(
        for: request(port: 65535, count: 2), numbers: [1, 2])
    }
  }
}
