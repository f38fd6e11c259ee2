import Essentials
import Images
import SystemPackage
import TestSupport

@testable import Pools

/// An image small enough to boot in seconds on an emulated processor: Debian's cloud kernel, the real initrd, and a root
/// tree of busybox whose init plays systemd's part.
///
/// What it does after its start is up to its secret `behaviour`: `well`, `fail`, `hang`, `sick`.
struct TinyImage {
  let folder: TemporaryFolder
  let image: BootImage

  /// What keeps it from starting.
  enum Fault {
    /// The machine doesn't tell of the state path that the root tree has.
    case noStateDisk
    case emptyIndex
    case missingModule
    case unknownArgument
  }

  init(_ fault: Fault? = nil) async throws {
    folder = try TemporaryFolder()
    let kernel = try await TestKernel.shared()
    let index = folder.appending("index.erofs")
    let initrd = folder.appending("initrd")
    let root = folder.appending("root")
    for name in ["bin", "sbin", "dev", "proc", "sys", "run", "srv", "tmp", "usr/lib/hardtack", "var/lib/app"]
    {
      try DurableFile.createFolder(root.appending(name))
    }
    try await Self.copyBusybox(to: root.appending("bin/busybox"))
    for name in ["sh", "cp", "mkdir", "rm", "sed", "sleep", "tr"] {
      try FilePath.link(root.appending("bin").appending(name), to: "busybox")
    }
    try DurableFile.write(Array(Self.initScript.utf8), to: root.appending("sbin/init"), mode: .executable)
    for (path, script) in [
      ("bin/systemctl", Self.systemctl), ("bin/journalctl", Self.journalctl),
      ("usr/lib/hardtack/guest", GuestFiles.script),
    ] { try DurableFile.write(Array(script.utf8), to: root.pushing(FilePath(path)), mode: .executable) }
    try DurableFile.write(
      Array(Self.units.all.map { $0 + "\n" }.joined().utf8), to: root.appending("usr/lib/hardtack/orders"))
    try DurableFile.write(Array("/var/lib/app\n".utf8), to: root.appending("usr/lib/hardtack/state"))
    try DurableFile.write(Array("0\n".utf8), to: root.appending("var/lib/app/starts"))
    let pack = Command("mkfs.erofs", ["--quiet", "-T0", index.string, root.string])
    _ = try await pack.output()
    if fault == .emptyIndex { try DurableFile.write([UInt8](repeating: 0, count: 1 << 20), to: index) }
    try await Self.writeInitrd(
      initrd, kernel: kernel, in: folder.appending("early"),
      first: fault == .missingModule ? "/modules/gone.ko\n" : "")

    let descriptor = Descriptor(mediaType: "", digest: Digest(of: ""), size: 0)
    let machine = Machine(
      recipe: "tiny", lockfile: Digest(of: ""), index: descriptor, kernel: descriptor, initrd: descriptor,
      commandLine: GuestInit.commandLine + (fault == .unknownArgument ? " hardtack.other=1" : ""),
      services: [],
      secrets: [
        .init(
          name: "behaviour", template: "{{ behaviour }}", values: [.init(name: "behaviour", fallback: "well")]
        ),
        .init(name: "key", template: "key={{ key }}", values: [.init(name: "key")]),
      ], state: fault == .noStateDisk ? [] : ["/var/lib/app"],
      sanity: [SanityCheck(get: "/healthz", within: 3)], swap: Self.units)
    image = BootImage(
      digest: Digest(of: "tiny"), machine: machine, kernel: kernel.image, initrd: initrd, index: index,
      layers: [])
  }

  private static func copyBusybox(to path: FilePath) async throws {
    _ = try await Command("cp", ["/bin/busybox", path.string]).output()
  }

  private static func writeInitrd(_ path: FilePath, kernel: TestKernel, in folder: FilePath, first: String)
    async throws
  {
    for name in ["bin", "dev", "modules"] { try DurableFile.createFolder(folder.appending(name)) }
    try await copyBusybox(to: folder.appending("bin/busybox"))
    try DurableFile.write(Array(GuestInit.script.utf8), to: folder.appending("init"), mode: .executable)
    var order = first
    for module in try kernel.modules(GuestInit.modules) {
      let name = module.lastComponent?.string ?? ""
      _ = try await Command("cp", [module.string, folder.appending("modules/\(name)").string]).output()
      order += "/modules/\(name)\n"
    }
    try DurableFile.write(Array(order.utf8), to: folder.appending("modules.order"))
    // Not to be loaded, as on a processor that lacks what it's for.
    try DurableFile.write(Array("/modules/none.ko\n".utf8), to: folder.appending("modules.optional"))
    _ = try await Command("mknod", [folder.appending("dev/console").string, "c", "5", "1"]).output()
    let pack = Command(
      "sh", ["-c", "find . | busybox cpio -o -H newc >'\(path.string)'"], workingDirectory: folder)
    _ = try await pack.output()
  }

  static let units = SwapUnits(migrate: "app-migrate.service", standby: "app-standby.service")

  /// What of systemd the guest's own script asks for. The files of /tmp say how a unit behaves: `broken`, `slow` until
  /// it's stopped.
  private static let systemctl = #"""
    #!/bin/sh
    b=/bin/busybox
    case $* in
    show*SystemState*) $b printf 'NFailedUnits=0\nSystemState=starting\n' ;;
    show*--property=ActiveState,*) $b printf 'ActiveState=failed\nResult=exit-code\nExecMainStatus=7\n' ;;
    show*)
      $b printf 'Id=app.service\nLoadState=loaded\nActiveState=activating\nResult=success\nExecMainStatus=0\n'
      $b printf 'InactiveExitTimestampMonotonic=1000\nActiveEnterTimestampMonotonic=4000\n'
      ;;
    *poweroff)
      [ "$($b cat /run/behaviour)" = deaf ] || {
        $b umount /var/lib/app /run/hardtack/state
        $b poweroff -f
      }
      ;;
    start*)
      $b echo "$*" >>/srv/orders
      if [ -e /tmp/slow ]; then
        while [ -e /tmp/slow ]; do $b sleep 0.1; done
        $b echo "Job for $2 canceled."
        exit 1
      fi
      [ ! -e /tmp/broken ] || {
        $b printf 'Job for %s failed.\nSee "journalctl".\n' "$2" >&2
        exit 1
      }
      ;;
    stop*)
      $b echo "$*" >>/srv/orders
      $b rm -f /tmp/slow
      ;;
    esac
    """#

  private static let journalctl = #"""
    #!/bin/sh
    [ "$1" = --sync ] || printf 'table "a\\b" is\tlocked\n  by \033[31mnobody\n'
    """#

  private static let initScript = #"""
    #!/bin/busybox sh
    b=/bin/busybox
    credential() { $b cat /sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials/$1/raw; }
    for entry in /sys/class/virtio-ports/*; do
      case $([ -e $entry/name ] && $b cat $entry/name) in
      hardtack.ready) ready=/dev/${entry##*/} ;;
      esac
    done
    $b echo "credentials: $(credential hardtack.role) $(credential hardtack.instance) $(credential hardtack.release) $(credential key)" >/dev/hvc1
    starts=$(($($b cat /var/lib/app/starts) + 1))
    $b echo $starts >/var/lib/app/starts
    $b sync
    $b echo "starts: $starts" >/dev/hvc1
    behaviour=$(credential behaviour)
    [ "$behaviour" = sick ] || $b echo well >/srv/healthz
    $b httpd -p 80 -h /srv
    (while :; do $b setsid $b sh </dev/hvc0 >/dev/hvc0 2>&1; done) &
    unit() { $b echo "{\"event\":\"unit\",\"Id\":\"app.service\",\"ActiveState\":\"$1\",\"Result\":\"$2\",\"ExecMainStatus\":\"$3\",\"InactiveExitTimestampMonotonic\":\"1000\",\"ActiveEnterTimestampMonotonic\":\"4000\"}"; }
    state() { $b echo "{\"event\":\"$1\",\"state\":\"$2\",\"uptime\":1.5}"; }
    case $behaviour in
    fail) {
      unit failed exit-code 3
      $b echo '{"event":"journal","unit":"app.service","line":"it broke"}'
      state settled degraded
    } >$ready ;;
    hang) ;;
    *) {
      unit active success 0
      state settled running
    } >$ready ;;
    esac
    $b echo "$behaviour" >/run/behaviour
    exec /usr/lib/hardtack/guest control
    """#
}

extension FilePermissions {
  static let executable: FilePermissions = [
    .ownerReadWriteExecute, .groupReadExecute, .otherReadExecute,
  ]
}

extension BootRequest {
  /// A boot of the tiny image that takes seconds.
  static func tiny(_ tiny: TinyImage, behaviour: String = "well") -> BootRequest {
    var request = BootRequest(image: tiny.image)
    request.memory = 256
    request.processors = 1
    request.accelerator = .tcg
    request.stateSize = 16 << 20
    request.patience = .seconds(120)
    request.release = "1.0"
    request.secrets = ["behaviour": Secret(behaviour), "key": Secret("hunter2")]
    return request
  }
}
