import Essentials
import Recipes
import Storage

/// Symbolic links must lead somewhere.
struct LinkGate {
  let packages: InstalledPackages

  /// Folders that a machine fills when it runs.
  private static let filledLater = ["/dev", "/proc", "/run", "/sys", "/tmp"]
  /// Debian's kernels keep links to an initrd that an image of this kind doesn't have.
  private static let expected: Set<String> = ["/initrd.img", "/initrd.img.old", "/vmlinuz.old"]
  /// Manuals and the like, which packages leave out of the image with what they point to.
  private static let documentation = [
    "/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/gtk-doc/",
  ]

  func findings(in tree: ImageTree) -> [String] {
    var findings: [String] = []
    for node in tree.merged.nodes.indices where tree.entry(node).kind == .symbolicLink {
      let folder = tree.merged.nodes[node].parent
      switch tree.find(tree.target(of: node), from: folder) {
      case .node: continue
      case .loop:
        findings.append("\(tree.pathText(of: node)) is a loop of links (\(tree.layerName(of: node)))")
      case .missing(let place):
        let target = String(decoding: place, as: UTF8.self)
        let path = tree.pathText(of: node)
        if isExpected(path, target) || isOfOptional(path, node, in: tree) { continue }
        findings.append(
          "\(path) leads to \(target.printable), which isn't there (\(tree.layerName(of: node)))")
      }
    }
    return findings
  }

  /// A package may ship a link to what another one brings that it only recommends or suggests.
  private func isOfOptional(_ path: String, _ node: Int, in tree: ImageTree) -> Bool {
    guard tree.layerName(of: node) == "os", let owner = packages.owner(of: path) else { return false }
    return !packages.optional(of: owner).isEmpty
  }

  private func isExpected(_ path: String, _ target: String) -> Bool {
    if Self.filledLater.contains(where: { target == $0 || target.hasPrefix($0 + "/") }) { return true }
    if Self.expected.contains(path) { return true }
    return Self.documentation.contains { path.hasPrefix($0) || target.hasPrefix($0) }
  }
}

/// Nobody but owner and group may write to a file; all may write into a folder only where each may remove their own files
/// alone.
struct WritableGate {
  func findings(in tree: ImageTree) -> [String] {
    tree.merged.nodes.indices.compactMap { node in
      let entry = tree.entry(node)
      guard entry.permissions & 0o002 != 0 else { return nil }
      switch entry.kind {
      case .file, .fifo, .blockDevice: break
      case .folder: if entry.permissions & 0o1000 != 0 { return nil }
      // Some devices are for all; links have no permissions.
      default: return nil
      }
      return
        "\(tree.pathText(of: node)) may be written by all: mode \(Self.octal(entry)) (\(tree.layerName(of: node)))"
    }
  }

  static func octal(_ entry: LayerEntry) -> String {
    let digits = String(entry.permissions, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

/// Programs that run with the rights of their owner or group, whoever starts them, must be known.
struct SetuidGate {
  let allowed: Set<String>

  func findings(in tree: ImageTree) -> [String] {
    tree.merged.nodes.indices.compactMap { node in
      let entry = tree.entry(node)
      guard entry.kind == .file, entry.permissions & 0o6000 != 0, entry.permissions & 0o111 != 0 else {
        return nil
      }
      let path = tree.pathText(of: node)
      if allowed.contains(path) || Self.known.contains(path) { return nil }
      let rights = entry.permissions & 0o4000 != 0 ? "user \(entry.owner)" : "group \(entry.group)"
      return
        "\(path) runs with the rights of \(rights): mode \(WritableGate.octal(entry)) (\(tree.layerName(of: node)))"
    }
  }

  /// Debian's own, by the packages of main in bookworm.
  private static let known: Set<String> = [
    // login, passwd, util-linux, mount, bsdutils
    "/usr/bin/chage", "/usr/bin/chfn", "/usr/bin/chsh", "/usr/bin/expiry", "/usr/bin/gpasswd",
    "/usr/bin/mount",
    "/usr/bin/newgrp", "/usr/bin/passwd", "/usr/bin/su", "/usr/bin/umount", "/usr/bin/wall",
    "/usr/bin/write.ul",
    "/usr/bin/write",
    // libpam-modules-bin, dbus, openssh, sudo, polkit
    "/usr/sbin/unix_chkpwd", "/usr/lib/dbus-1.0/dbus-daemon-launch-helper", "/usr/lib/openssh/ssh-keysign",
    "/usr/bin/ssh-agent", "/usr/bin/sudo", "/usr/bin/sudoedit", "/usr/bin/pkexec",
    "/usr/lib/polkit-1/polkit-agent-helper-1",
    // fuse, uidmap, cron, at, mail
    "/usr/bin/fusermount", "/usr/bin/fusermount3", "/usr/bin/newuidmap", "/usr/bin/newgidmap",
    "/usr/bin/crontab",
    "/usr/bin/at", "/usr/bin/dotlockfile", "/usr/bin/mlock", "/usr/sbin/exim4", "/usr/sbin/postdrop",
    "/usr/sbin/postqueue", "/usr/lib/sm.bin/sendmail", "/usr/sbin/sensible-mda", "/usr/sbin/maidag",
    // network, and file systems over it
    "/usr/sbin/pppd", "/usr/sbin/mount.nfs", "/usr/sbin/mount.cifs", "/usr/sbin/mount.davfs",
    "/usr/bin/ntfs-3g",
    "/usr/bin/bwrap", "/usr/lib/eject/dmcrypt-get-device",
    // screens, terminals, and finding files
    "/usr/bin/screen", "/usr/lib/x86_64-linux-gnu/utempter/utempter",
    "/usr/lib/aarch64-linux-gnu/utempter/utempter",
    "/usr/lib/xorg/Xorg.wrap", "/usr/bin/plocate", "/usr/bin/mlocate", "/usr/bin/locate",
  ]
}

/// Every shared library that a program or a library needs must be found.
struct LibraryGate {
  let architecture: Architecture
  let packages: InstalledPackages

  func findings(in tree: ImageTree, _ joined: JoinedLayers, _ store: Store) throws(Diagnostic) -> [String] {
    var nodes = joined.layers.map { _ in [Int: Int]() }
    var linked: [LinkedFiles] = []
    for (number, layer) in joined.layers.enumerated() {
      linked.append(try LinkedFiles.of(layer, try joined.table(of: number), store))
    }
    let wanted = linked.map { Set($0.files.map(\.entry)) }
    for (index, node) in tree.merged.nodes.enumerated() where wanted[node.layer].contains(node.entry) {
      nodes[node.layer][node.entry] = index
    }
    // Of other processors' files (firmware, emulators' parts) nothing is known.
    let machine: UInt16 = architecture == .amd64 ? 62 : 183
    var seen: [(node: Int, elf: ElfFile)] = []
    for (number, files) in linked.enumerated() {
      for file in files.files where file.elf.machine == machine {
        if let node = nodes[number][file.entry] { seen.append((node, file.elf)) }
      }
    }
    var search = LibrarySearch(
      tree, triplet: "\(architecture.machine)-linux-gnu",
      libraries: seen.map { (path: tree.path(of: $0.node), soname: $0.elf.soname) })
    var findings: [String] = []
    for file in seen {
      for name in search.missing(file.elf, at: tree.path(of: file.node)) {
        if isOfOptional(name, file.node, in: tree) { continue }
        findings.append(
          "\(tree.pathText(of: file.node)) needs \(name.printable), which isn't found (\(tree.layerName(of: file.node)))"
        )
      }
    }
    return findings
  }

  /// A plugin of a package may need a library whose package is only recommended or suggested.
  private func isOfOptional(_ library: String, _ node: Int, in tree: ImageTree) -> Bool {
    guard tree.layerName(of: node) == "os", let owner = packages.owner(of: tree.pathText(of: node)) else {
      return false
    }
    let names = Self.packageNames(of: library)
    return packages.optional(of: owner).contains(where: names.contains)
  }

  /// The names that Debian gives the package of a shared library: libatm.so.1 is in libatm1, libpcre2-8.so.0 in
  /// libpcre2-8-0. Source: Debian Policy, section 8.1.
  static func packageNames(of library: String) -> Set<String> {
    guard let cut = library.firstRange(of: ".so.") else { return [] }
    let stem = library[..<cut.lowerBound].lowercased().replacing("_", with: "-")
    let version = library[cut.upperBound...]
    let name = stem + (stem.last?.isNumber == true ? "-" : "") + version
    return [name, name + "t64"]
  }
}
