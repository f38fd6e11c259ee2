import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct AcceleratorTests {
  /// A device that opens and works for nobody: QEMU ends with an assertion, or tells success without having run anything.
  @Test(arguments: ["kill -ABRT $$", "exit 0", "exit 1", "exec sleep 1000"])
  func `takes no KVM under which no guest runs`(behaviour: String) async throws {
    let folder = try TemporaryFolder()
    let qemu = folder.appending("qemu-system-\(Architecture.host.machine)")
    try DurableFile.write(Array("#!/bin/sh\n\(behaviour)\n".utf8), to: qemu, mode: .executable)
    let emulator = try Emulator(path: folder.path.string)
    let began = ContinuousClock.now
    #expect(try await !KVMProbe(emulator: emulator, kernel: "/none").passes())
    #expect(ContinuousClock.now - began < .seconds(30))
  }
}
