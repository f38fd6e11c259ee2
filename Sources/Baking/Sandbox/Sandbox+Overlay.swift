import CLinux
import Essentials
import Glibc
import SystemPackage

extension Sandbox {
  /// The options that the overlay is mounted with, where the scratch folder is the working folder. They name its folders
  /// by links in there, so that no path needs escaping. What would make the upper folder's content depend on more than
  /// what is done in the sandbox is off, whatever this kernel's defaults are: redirects, files without content, and
  /// hard links across layers.
  var overlayOptions: String {
    let lower =
      lowers.isEmpty ? "empty" : lowers.indices.reversed().map { "lower\($0)" }.joined(separator: ":")
    let options =
      "lowerdir=\(lower),upperdir=upper,workdir=work,volatile,redirect_dir=nofollow,metacopy=off,index=off"
    return mayMarkAsTrusted ? options : options + ",userxattr"
  }

  // In a user namespace nobody may set attributes named 'trusted', and the overlay writes its notes under 'user' where
  // it's told to. Untold it can be mounted all the same, and then fails to replace a folder (EIO).
  private var mayMarkAsTrusted: Bool {
    setxattr(scratch.string, "trusted.hardtack", "", 0, 0) == 0 || errno != EPERM
  }
}
