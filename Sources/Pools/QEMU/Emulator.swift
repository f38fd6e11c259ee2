package import Essentials
import Glibc
package import SystemPackage

/// The QEMU of this machine.
package struct Emulator: Sendable, Hashable {
  package let executable: FilePath

  /// Finds QEMU for `architecture` in the folders of `PATH`.
  package init(
    architecture: Architecture = .host, path: String? = getenv("PATH").map { String(cString: $0) }
  ) throws(Diagnostic) {
    let name = "qemu-system-\(architecture.machine)"
    for folder in (path ?? "/usr/bin:/bin").split(separator: ":") {
      let candidate = FilePath(String(folder)).appending(name)
      if access(candidate.string, X_OK) == 0 {
        executable = candidate
        return
      }
    }
    let package = architecture == .amd64 ? "qemu-system-x86" : "qemu-system-arm"
    throw Diagnostic(
      .failed, "QEMU isn't installed: there is no \(name) in PATH",
      hints: ["install it: apt-get install --no-install-recommends \(package)"])
  }
}
