import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

/// What is said to users who can't have a user namespace with subordinate ids.
@Suite struct NamespaceRefusalTests {
  private func refusal(
    settings: [String: String] = [:], subuid: String = "", subgid: String = "",
    searchPath: String = "/usr/bin"
  ) throws -> Diagnostic {
    let folder = try TemporaryFolder()
    for (name, text) in settings {
      let path = folder.path.pushing(FilePath(name))
      try DurableFile.createFolder(path.removingLastComponent())
      try DurableFile.write(Array(text.utf8), to: path)
    }
    try DurableFile.write(Array(subuid.utf8), to: folder.appending("subuid"))
    try DurableFile.write(Array(subgid.utf8), to: folder.appending("subgid"))
    let refusal = NamespaceRefusal(
      settings: folder.path, accounts: folder.path, searchPath: searchPath, user: ("mate", 1001))
    return refusal.diagnostic(said: "unshare: it can't be\n")
  }

  @Test(arguments: [
    ("kernel/unprivileged_userns_clone", "0\n", "sysctl --write kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0\n", "sysctl --write user.max_user_namespaces=10000"),
  ])
  func `names the kernel's setting that forbids it`(setting: String, value: String, command: String) throws {
    let diagnostic = try refusal(settings: [setting: value])
    #expect(diagnostic.category == .failed)
    #expect(diagnostic.hints.count == 1)
    #expect(diagnostic.hints.first?.contains("'sudo \(command)'") == true)
  }

  @Test func `names the package that is missing`() throws {
    let diagnostic = try refusal(searchPath: "/nonexistent")
    #expect(diagnostic.message.hasSuffix("the program 'newuidmap' isn't installed"))
    #expect(diagnostic.hints == ["an administrator installs it by 'sudo apt-get install uidmap'"])
  }

  @Test(arguments: [
    ("", "", "--add-subuids 100000-165535 --add-subgids 100000-165535"),
    ("", "mate:100000:65536\n", "--add-subuids 165536-231071"),
    ("1001:500000:65535\n", "", "--add-subgids 100000-165535"),
    (
      "a:165536:65536\nb:100000:65536\n", "c:200000:65536\n",
      "--add-subuids 265536-331071 --add-subgids 265536-331071"
    ),
    ("mate:100000:1000\n", "mate:300000:65536\n", "--del-subuids 100000-100999 --add-subuids 101000-166535"),
  ])
  func `proposes ids that nobody has`(subuid: String, subgid: String, options: String) throws {
    let diagnostic = try refusal(subuid: subuid, subgid: subgid)
    #expect(diagnostic.hints == ["an administrator gives them by 'sudo usermod \(options) mate'"])
  }

  @Test func `proposes none where none are left`() throws {
    let diagnostic = try refusal(subuid: "a:100000:4294867295\nnonsense\nb:1:99999999999\n")
    #expect(diagnostic.hints.first?.hasPrefix("no 65536 ids are left") == true)
  }

  @Test func `passes on what unshare said where nothing explains it`() throws {
    let ids = "mate:100000:65536\n"
    let diagnostic = try refusal(subuid: ids, subgid: ids)
    #expect(diagnostic.notes == ["  | unshare: it can't be"])
  }
}
