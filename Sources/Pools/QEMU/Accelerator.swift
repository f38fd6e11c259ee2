import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// What runs a guest's instructions.
package enum Accelerator: String, Codable, Sendable, CaseIterable {
  /// The processor itself, by the kernel's KVM.
  case kvm
  /// QEMU's translator: everywhere, and some ten times slower.
  case tcg

  /// QEMU's options. Under TCG the processor is of the level x86-64-v2 that Python's wheels are built for, without the
  /// newer protections of memory: translating for the `max` model took 14 % more time to boot the same image.
  var arguments: [String] {
    switch self {
    case .kvm: ["-accel", "kvm", "-cpu", "host"]
    case .tcg:
      ["-accel", "tcg,thread=multi", "-cpu", "qemu64,+cx16,+lahf-lm,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2"]
    }
  }

  /// The kernel's options that suit it: a translator has no speculation to guard against.
  var commandLine: String? { self == .tcg ? "mitigations=off" : nil }

  /// How long a guest may take to start before it's given up, unless one says otherwise.
  package var patience: Duration { self == .kvm ? .seconds(180) : .seconds(600) }

  /// The best accelerator that a guest really starts under.
  ///
  /// A `/dev/kvm` that opens is no proof: nested, it may end QEMU with a failed assertion or leave the guest hanging.
  /// So a processor is started that does nothing but report, and then `kernel`, which without a root file system
  /// panics and so ends. The answer holds until the machine restarts or QEMU changes, and is kept in `folder`.
  package static func probe(
    _ emulator: Emulator, kernel: FilePath, cache folder: FilePath
  ) async throws -> Accelerator {
    guard access("/dev/kvm", R_OK | W_OK) == 0 else { return .tcg }
    let key = ProbeRecord.key(emulator)
    let path = folder.appending("accelerator.json")
    if let bytes = try? DurableFile.read(path, limit: 4096),
      let record = try? JSONDecoder().decode(ProbeRecord.self, from: Data(bytes)), record.key == key
    {
      return record.accelerator
    }
    let found: Accelerator = try await KVMProbe(emulator: emulator, kernel: kernel).passes() ? .kvm : .tcg
    try StateFile.write(ProbeRecord(key: key, accelerator: found), to: path)
    return found
  }
}

/// The answer of a probe and what it depends on.
private struct ProbeRecord: Codable {
  var key: String
  var accelerator: Accelerator

  static func key(_ emulator: Emulator) -> String {
    var information = stat()
    stat(emulator.executable.string, &information)
    return [
      ProcessIdentity.bootIdentity, emulator.executable.string, "\(information.st_mtim.tv_sec)",
      "\(information.st_size)", "\(getuid())",
    ].joined(separator: " ")
  }
}
