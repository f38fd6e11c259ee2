import Essentials
import Images
import SystemPackage
import TestSupport
import Testing

@Suite struct GuestFilesTests {
  private let files = GuestFiles.all(
    secrets: [
      .init(name: "app.env", template: "", values: [], owner: "app"),
      .init(name: "key", template: "", values: []),
    ], state: ["/var/lib/b", "/var/lib/a"], orders: ["b.service", "a.service"])

  private func text(_ path: String) -> String? {
    guard case .text(let text, _)? = files.first(where: { $0.path == path })?.content else { return nil }
    return text
  }

  @Test func `name each path once, in order`() {
    #expect(files.map(\.path) == Set(files.map(\.path)).sorted())
  }

  @Test func `place secrets that have an owner, and no others`() {
    #expect(
      text("/usr/lib/tmpfiles.d/hardtack-secrets.conf")
        == "d /run/secrets 0755 root root\nf^ /run/secrets/app.env 0400 app - - app.env\n")
  }

  @Test func `list the state paths`() {
    #expect(text(GuestFiles.statePaths) == "/var/lib/a\n/var/lib/b\n")
  }

  @Test func `list the units that orders may name`() {
    #expect(text(GuestFiles.orders) == "a.service\nb.service\n")
    #expect(!GuestFiles.all(secrets: [], state: []).contains { $0.path == GuestFiles.orders })
  }

  @Test(arguments: ["dash", "busybox"])
  func `hold scripts that shells read`(shell: String) async throws {
    let folder = try TemporaryFolder()
    let scripts = [GuestInit.script, try #require(text("/usr/lib/hardtack/guest"))]
    for (index, script) in scripts.enumerated() {
      let path = folder.appending("script\(index)")
      try DurableFile.write(Array(script.utf8), to: path)
      let arguments = (shell == "busybox" ? ["sh"] : []) + ["-n", path.string]
      _ = try await Command(shell, arguments).output()
    }
  }

  @Test func `hold units that systemd accepts`() async throws {
    let folder = try TemporaryFolder()
    var units: [String] = []
    for file in files where file.path.hasPrefix("/usr/lib/systemd/system/hardtack") {
      guard case .text(let text, _) = file.content else { continue }
      let path = folder.path.appending(FilePath(file.path).lastComponent?.string ?? "")
      // The program itself is in images alone.
      let runnable = text.split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.hasPrefix("ExecStart=/usr/lib/hardtack/") ? "ExecStart=/bin/true" : String($0)
      }
      try DurableFile.write(Array(runnable.joined(separator: "\n").utf8), to: path)
      units.append(path.string)
    }
    #expect(units.count == 4)
    let command = Command("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no"] + units)
    let result = try await command.run()
    #expect(result.status == 0, "\(result.errorText)")
    #expect(result.errorText.isEmpty)
  }
}
