import Essentials
import Glibc
import SystemPackage
import TestSupport

/// Who runs the built program: root, or an ordinary user with 65536 subordinate ids.
///
/// The user exists only for the program: copies of the account files, with the user in them, are mounted over the
/// machine's in a mount namespace of the program's own. So nothing has to be taken back, whatever ends the test.
enum Baker: String, CaseIterable, Sendable {
  case root, user

  static let identifier: UInt32 = 4_242_000
  static let name = "hardtack-baker"
  static let subordinate = "\(name):2000000000:65536\n"

  /// The arguments of `/bin/sh` that become the program with `arguments`, in the same process, its standard error
  /// joined to its standard output.
  /// - Parameter accounts: the folder that ``makeAccounts(in:subordinate:)`` filled.
  func shell(_ program: FilePath, _ arguments: [String], accounts: FilePath) -> [String] {
    switch self {
    case .root: ["-c", "exec \"$@\" 2>&1", "sh", program.string] + arguments
    case .user:
      [
        "-c", "exec unshare --mount --propagation private -- sh -euc \"$0\" sh \"$@\" 2>&1",
        """
        for file in passwd group subuid subgid; do mount --bind "$1/$file" "/etc/$file"; done
        export HOME="$1"
        shift
        exec setpriv --reuid \(Self.identifier) --regid \(Self.identifier) --clear-groups -- "$@"
        """, accounts.string, program.string,
      ] + arguments
    }
  }

  /// Makes the account files in `folder`.
  /// - Parameter subordinate: what `subuid` and `subgid` hold.
  static func makeAccounts(in folder: FilePath, subordinate: String = subordinate) throws {
    try DurableFile.createFolder(folder)
    func write(_ name: String, _ text: String) throws {
      try DurableFile.write(Array(text.utf8), to: folder.appending(name))
    }
    func machines(_ name: String) throws -> String {
      String(decoding: try DurableFile.read(FilePath("/etc").appending(name)), as: UTF8.self)
    }
    try write("passwd", try machines("passwd") + "\(name):x:\(identifier):\(identifier)::/:/bin/sh\n")
    try write("group", try machines("group") + "\(name):x:\(identifier):\n")
    try write("subuid", subordinate)
    try write("subgid", subordinate)
  }
}
