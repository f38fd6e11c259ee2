import Essentials
import Glibc
import SystemPackage

/// Finds out whether guests start under KVM, by starting some.
struct KVMProbe {
  let emulator: Emulator
  let kernel: FilePath

  /// A program at the processor's reset vector: `mov $0x10,%al; out %al,$0xf4; hlt; jmp .-1`. QEMU's
  /// `isa-debug-exit` at port 0xf4 ends QEMU with the exit code 2 * 0x10 + 1.
  private static let firmware: [UInt8] = {
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    bytes.replaceSubrange(0xFFF0..<0xFFF7, with: [0xB0, 0x10, 0xE6, 0xF4, 0xF4, 0xEB, 0xFD])
    return bytes
  }()

  func passes() async throws -> Bool {
    let firmware = try MemoryFile("firmware", Self.firmware)
    let first = try await status([
      "-M", "pc", "-m", "16", "-bios", firmware.path, "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
    ])
    guard first == 33 else { return false }
    let second = try await status([
      "-M", "q35", "-m", "256", "-kernel", kernel.string, "-append", "quiet panic=-1",
    ])
    return second == 0
  }

  /// The exit code of a QEMU under KVM, or nil where it hasn't ended within ten seconds.
  private func status(_ arguments: [String]) async throws -> Int32? {
    let command = Command(
      emulator.executable.string,
      Accelerator.kvm.arguments + arguments
        + ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"])
    return try await withThrowingTaskGroup(of: Int32?.self) { group in
      group.addTask { try await command.run().status }
      group.addTask {
        try await Task.sleep(for: .seconds(10))
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}
