/// What a bake adds to the configuration layer of every image.
///
/// The guest speaks with its host by virtio ports alone, so it needs no daemon, no network and no D-Bus for it:
/// `hardtack.ready` takes one JSON object a line, as ``GuestEvent`` reads it; `hardtack.control` gives orders.
package enum GuestFiles {
  /// The folder of the guest's own scripts and lists.
  package static let folder = "/usr/lib/hardtack"
  /// The list of state paths, one a line, that the initrd mounts from the state disk.
  package static let statePaths = folder + "/state"

  /// The list of units that the host may order to start and stop, one a line.
  package static let orders = folder + "/orders"

  private static let units = "/usr/lib/systemd/system"
  private static let configuration = "/etc/systemd/system"

  /// Everything to put into the image, sorted by path.
  /// - Parameters:
  ///   - secrets: those with an owner are placed at `/run/secrets/NAME` when the machine starts.
  ///   - state: absolute paths of folders that outlive the machine's memory, checked before.
  ///   - orders: the units that the host may order to start and stop.
  package static func all(secrets: [SecretDeclaration], state: [String], orders: [String] = [])
    -> [GuestFile]
  {
    var files = [
      GuestFile(folder + "/guest", script, mode: 0o755),
      GuestFile(units + "/hardtack.target", target),
      GuestFile(units + "/hardtack-ready.service", readyService),
      GuestFile(units + "/hardtack-control.service", controlService),
      GuestFile(units + "/hardtack-console.service", consoleService),
      GuestFile("/usr/lib/systemd/journald.conf.d/50-hardtack.conf", journal),
      GuestFile(units + "/systemd-udev-trigger.service.d/50-hardtack.conf", deviceTrigger),
      GuestFile(configuration + "/default.target", link: units + "/hardtack.target"),
      GuestFile(
        configuration + "/sysinit.target.wants/hardtack-control.service",
        link: units + "/hardtack-control.service"),
      GuestFile(
        configuration + "/multi-user.target.wants/hardtack-console.service",
        link: units + "/hardtack-console.service"),
    ]
    files += masked.map { GuestFile("\(configuration)/\($0)", link: "/dev/null") }
    files += maskedGenerators.map { GuestFile("/etc/systemd/system-generators/\($0)", link: "/dev/null") }
    if !state.isEmpty {
      files.append(GuestFile(statePaths, Set(state).sorted().map { $0 + "\n" }.joined()))
    }
    if !orders.isEmpty {
      files.append(GuestFile(Self.orders, Set(orders).sorted().map { $0 + "\n" }.joined()))
    }
    return (files + placements(secrets)).sorted { $0.path < $1.path }
  }

  /// What places secrets as files. `f^` of tmpfiles.d, new in systemd 252, takes a file's content from a credential
  /// byte for byte; its service must be given the credential by name.
  private static func placements(_ secrets: [SecretDeclaration]) -> [GuestFile] {
    let placed = secrets.filter { $0.owner != nil }.sorted { $0.name < $1.name }
    guard !placed.isEmpty else { return [] }
    let lines = placed.map { secret in
      "f^ /run/secrets/\(secret.name) \(secret.mode ?? "0400") \(secret.owner ?? "root") - - \(secret.name)\n"
    }
    let loads = placed.map { "LoadCredential=\($0.name)\n" }
    return [
      GuestFile(
        "/usr/lib/tmpfiles.d/hardtack-secrets.conf", "d /run/secrets 0755 root root\n" + lines.joined()),
      GuestFile(
        units + "/systemd-tmpfiles-setup.service.d/50-hardtack.conf", "[Service]\n" + loads.joined()),
    ]
  }
}
