package import Essentials
import SystemPackage

/// The kernel's first root tree: what mounts the image's.
package enum Initrd {
  /// The version of the form: it grows whenever the same parts give other bytes.
  package static let version = 1

  /// The uncompressed archive of an initrd.
  /// - Parameters:
  ///   - busybox: a static busybox; it becomes `/bin/busybox`.
  ///   - modules: become `/modules/NAME.ko`, decompressed; `/modules.order` lists their paths in the order to load
  ///     them, one a line, and `/modules.optional` those whose failure to load is no fault.
  ///   - script: the text of `/init`.
  package static func build(
    busybox: [UInt8], modules: ModuleClosure, script: String
  ) throws(Diagnostic) -> [UInt8] {
    var archive = CpioArchive()
    for folder in ["dev", "proc", "sys"] { archive.add(folder, .folder) }
    // The kernel opens it for init's first words, before anything is mounted.
    archive.add("dev/console", .characterDevice(major: 5, minor: 1, permissions: 0o600))
    archive.add("bin/busybox", .file(busybox, executable: true))
    archive.add("bin/sh", .link("busybox"))
    archive.add("init", .file(Array(script.utf8), executable: true))
    var order = ""
    var optional = ""
    for module in modules.modules {
      let path = "modules/\(module.name).ko"
      archive.add(path, .file(try modules.content(of: module), executable: false))
      if module.isOptional { optional += "/\(path)\n" } else { order += "/\(path)\n" }
    }
    archive.add("modules.order", .file(Array(order.utf8), executable: false))
    archive.add("modules.optional", .file(Array(optional.utf8), executable: false))
    return try archive.bytes()
  }
}
