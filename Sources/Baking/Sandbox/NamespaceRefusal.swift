import Essentials
import Glibc
import SystemPackage

/// Finds out why a user can't have a user namespace with subordinate ids, and what an administrator has to do about it.
struct NamespaceRefusal {
  /// Where the kernel's settings are: `/proc/sys`.
  var settings: FilePath = "/proc/sys"
  /// Where `subuid` and `subgid` are: `/etc`.
  var accounts: FilePath = "/etc"
  /// The folders to look for programs in, divided by colons.
  var searchPath = getenv("PATH").map { String(cString: $0) } ?? ""
  /// The user: its name where it has one, and its number.
  var user = Self.current

  private static var current: (name: String?, identifier: UInt32) {
    let name = getpwuid(getuid()).flatMap { $0.pointee.pw_name }.map { String(cString: $0) }
    return (name, getuid())
  }

  /// - Parameter said: what the attempt wrote to standard error.
  func diagnostic(said: String) -> Diagnostic {
    let message = "baking needs root, or a user with subordinate ids, and"
    if setting("kernel/unprivileged_userns_clone") == 0 {
      return Diagnostic(
        .failed, "\(message) this machine's kernel gives no user namespaces to ordinary users",
        hints: ["an administrator allows them by 'sudo sysctl --write kernel.unprivileged_userns_clone=1'"])
    }
    if setting("user/max_user_namespaces") == 0 {
      return Diagnostic(
        .failed, "\(message) this machine's limit of user namespaces is 0",
        hints: ["an administrator raises it by 'sudo sysctl --write user.max_user_namespaces=10000'"])
    }
    if let program = ["newuidmap", "newgidmap"].first(where: { !isInstalled($0) }) {
      return Diagnostic(
        .failed, "\(message) the program '\(program)' isn't installed",
        hints: ["an administrator installs it by 'sudo apt-get install uidmap'"])
    }
    guard let name = user.name else {
      return Diagnostic(
        .failed, "\(message) the user \(user.identifier) has no account on this machine",
        hints: ["bake as root, or as a user that has one"])
    }
    let users = ranges("subuid", of: name)
    let groups = ranges("subgid", of: name)
    if users.isShort || groups.isShort {
      let found = "\(users.own?.count ?? 0) for users and \(groups.own?.count ?? 0) for groups"
      return Diagnostic(
        .failed, "\(message) '\(name)' has \(found); \(UserNamespace.needed) are needed of each",
        hints: [hint(name, users, groups)])
    }
    if setting("kernel/apparmor_restrict_unprivileged_userns") == 1 {
      return Diagnostic(
        .failed, "\(message) AppArmor keeps ordinary users from using user namespaces",
        notes: Command.tail(said),
        hints: [
          "an administrator allows it by 'sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0'"
        ])
    }
    return Diagnostic(
      .failed, "\(message) this user can't enter a user namespace", notes: Command.tail(said),
      hints: ["bake as root, or outside of the container that forbids it"])
  }

  private func hint(_ name: String, _ users: Ranges, _ groups: Ranges) -> String {
    guard let free = IDRange.free(65536, besides: users.all + groups.all) else {
      return
        "no 65536 ids are left in /etc/subuid and /etc/subgid; an administrator has to take some from others"
    }
    let options = [("uids", users), ("gids", groups)].flatMap { kind, ranges in
      guard ranges.isShort else { return [String]() }
      // The first range is the one that counts, so one that is too short has to go.
      let short = ranges.own.map { ["--del-sub\(kind) \($0.text)"] } ?? []
      return short + ["--add-sub\(kind) \(free.text)"]
    }
    return "an administrator gives them by 'sudo usermod \(options.joined(separator: " ")) \(name)'"
  }

  private struct Ranges {
    /// The user's first, which is the one that unshare takes.
    var own: IDRange?
    /// Everybody's.
    var all: [IDRange] = []

    var isShort: Bool { (own?.count ?? 0) < UserNamespace.needed }
  }

  private func ranges(_ file: String, of name: String) -> Ranges {
    let bytes = (try? DurableFile.read(accounts.appending(file), limit: 16 << 20)) ?? []
    var ranges = Ranges()
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      guard let (owner, range) = IDRange.subordinate(line) else { continue }
      ranges.all.append(range)
      if ranges.own == nil, owner == name || owner == String(user.identifier) { ranges.own = range }
    }
    return ranges
  }

  /// A kernel's setting, or nil where this kernel has none of that name.
  private func setting(_ name: String) -> Int? {
    let bytes = try? DurableFile.read(settings.pushing(FilePath(name)), limit: 4096)
    return bytes.flatMap { Int(String(decoding: $0.prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self)) }
  }

  private func isInstalled(_ program: String) -> Bool {
    searchPath.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }
}
