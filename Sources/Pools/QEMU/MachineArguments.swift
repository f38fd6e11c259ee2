import Essentials
import Images
import SystemPackage

/// What one virtual machine is made of, as QEMU's command line has it.
///
/// Names of files of the instance's own are relative to its folder, where QEMU is started: a socket's path has 107 bytes
/// at most. No secret is on it: the command line of a process is for everybody to read.
struct MachineArguments {
  struct Forward: Hashable {
    /// On 127.0.0.1.
    var host: UInt16
    var guest: UInt16
  }

  var image: BootImage
  var accelerator: Accelerator
  /// The host name, 63 bytes at most.
  var instance: String
  /// Letters and digits in groups, as SMBIOS has it; also the machine's identity in the guest, without the hyphens.
  var identity: String
  /// In MiB.
  var memory: Int
  var processors: Int
  var forwards: [Forward]
  var reach: [Reach] = []
  /// The instance's, absolute: by the time that QEMU starts a program, it has left it.
  var folder: FilePath
  var hasState: Bool
  /// Units that start with the machine beside those that the image starts.
  var wanted: [String] = []
  /// The paths of the credentials' files, by name.
  var credentials: [String: String]

  /// The names of fw_cfg items have 55 bytes at most; this is what comes before a credential's.
  static let credentialPrefix = "opt/io.systemd.credentials/"

  /// The address in QEMU's network for users; no route leads out of it.
  private static let address = "10.0.2.15/24"

  var arguments: [String] {
    machine + disks + ports + network
      + credentials.sorted { $0.key < $1.key }.flatMap { name, path in
        ["-fw_cfg", "name=\(Self.credentialPrefix)\(name),file=\(Self.escaped(path))"]
      }
  }

  private var machine: [String] {
    ["-name", "guest=\(instance)", "-uuid", identity, "-M", "q35"] + accelerator.arguments + [
      "-m", "\(memory)M", "-smp", "\(processors)", "-nodefaults", "-no-user-config", "-display", "none",
      "-no-reboot", "-daemonize", "-pidfile", InstanceFiles.pid, "-kernel", image.kernel.string, "-initrd",
      image.initrd.string, "-append", commandLine,
    ]
  }

  var commandLine: String {
    [
      image.machine.commandLine, accelerator.commandLine, "hardtack.layers=\(image.layers.count)",
      "hardtack.address=\(Self.address)", "systemd.hostname=\(instance)",
      "systemd.machine_id=\(identity.filter { $0 != "-" })",
    ].compactMap { $0 }.joined(separator: " ") + wanted.map { " systemd.wants=\($0)" }.joined()
  }

  /// Read-only disks are not locked, so that any number of machines share them, and their pages in memory.
  private var disks: [String] {
    var disks = [("index", image.index)]
    disks += image.layers.enumerated().map { ("layer\($0.offset)", $0.element) }
    let readOnly = disks.flatMap { serial, path in
      [
        "-drive",
        "if=none,id=\(serial),format=raw,read-only=on,file.locking=off,file=\(Self.escaped(path.string))",
        "-device", "virtio-blk-pci,drive=\(serial),serial=\(serial)",
      ]
    }
    guard hasState else { return readOnly }
    return readOnly + [
      "-drive", "if=none,id=state,format=raw,discard=unmap,file=\(InstanceFiles.state)", "-device",
      "virtio-blk-pci,drive=state,serial=state",
    ]
  }

  /// The serial console and the journal share a log, which ``LogKeeper`` writes as it does the reports. The control port is a pair of named pipes, which QEMU holds
  /// open: on a socket without a host the guest's reads would return at once, and it would have to poll.
  private var ports: [String] {
    [
      "-chardev", "file,id=log,path=\(InstanceFiles.consolePipe),append=on", "-serial", "chardev:log",
      "-device", "virtio-serial-pci",
      "-chardev", "socket,id=shell,path=\(InstanceFiles.shell),server=on,wait=off",
      "-device", "virtconsole,chardev=shell",
      "-chardev", "file,id=journal,path=\(InstanceFiles.consolePipe),append=on",
      "-device", "virtconsole,chardev=journal",
      "-chardev", "file,id=ready,path=\(InstanceFiles.readyPipe),append=on",
      "-device", "virtserialport,chardev=ready,name=hardtack.ready",
      "-chardev", "pipe,id=control,path=\(InstanceFiles.control)",
      "-device", "virtserialport,chardev=control,name=hardtack.control",
      "-device", "virtio-rng-pci",
      "-qmp", "unix:\(InstanceFiles.qmp),server=on,wait=off",
    ]
  }

  private var network: [String] {
    let forwarded = forwards.map { ",hostfwd=tcp:127.0.0.1:\($0.host)-:\($0.guest)" }.joined()
    let reached = reach.map { "," + Self.escaped(RelayProgram.option($0, in: folder)) }.joined()
    return [
      "-netdev", "user,id=net,restrict=on,ipv6=off\(forwarded)\(reached)", "-device",
      "virtio-net-pci,netdev=net,romfile=",
    ]
  }

  /// A comma ends an option's value unless it's doubled.
  static func escaped(_ value: String) -> String {
    value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
