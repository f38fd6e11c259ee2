import DebianPackages
import Essentials
import Testing

@Suite struct PackageIndexTests {
  @Test func `a paragraph gives all that is asked of it`() throws {
    let text = """
      package: nginx-light
      Source: nginx (1.22.1-9)
      Version: 1.22.1-9+deb12u1
      Architecture: all
      # a comment
      Depends: nginx (>= 1.22),
       perl:any | awk
      Pre-Depends: dpkg
      Provides: httpd (= 2), nginx-any
      Multi-Arch: foreign
      Essential: yes
      Priority: required
      Section: httpd
      Description: small
       Depends: not this
      Filename: pool/main/n/nginx.deb
      Size: 42
      SHA256: \(String(repeating: "ab", count: 32))
      Phased-Update-Percentage: 30

      """
    let archive = PackageArchive(identifier: "a", suite: "stable")
    let index = try PackageIndex([.init(archive, IndexText(Array(text.utf8)))], architecture: .amd64)
    let name = try #require(PackageName("nginx-light"))
    let package = try #require(try index.packages(named: name).first)
    #expect(package.version.text == "1.22.1-9+deb12u1")
    #expect(package.source == "nginx")
    #expect(package.architecture == "all")
    #expect(package.depends.map(\.description) == ["nginx (>= 1.22)", "perl:any | awk"])
    #expect(package.preDepends.map(\.description) == ["dpkg"])
    #expect(package.provides.map(\.description) == ["httpd (= 2)", "nginx-any"])
    #expect(package.multiArch == .foreign && package.isEssential && package.priority == .required)
    #expect(package.size == 42 && package.path == "pool/main/n/nginx.deb")
    #expect(package.phasedUpdatePercentage == 30)
    #expect(package.archive == archive)
  }

  @Test func `packages of other architectures are passed over`() throws {
    let index = try TestIndex.index("a 1; Architecture: arm64\na 2; Architecture: all\nb 1")
    #expect(index.count == 2)
  }

  @Test(arguments: [
    ("Package: a\nVersion: 1\n\nPackage\n", 4), ("Package: a\n\n", 1), ("Package: ../a\nVersion: 1\n", 1),
    (" Package: a\n", 1),
  ])
  func `a malformed index is refused with its line`(text: String, line: Int) {
    #expect {
      try PackageIndex(
        [.init(PackageArchive(identifier: "a", suite: "stable"), IndexText(Array(text.utf8)))],
        architecture: .amd64)
    } throws: {
      ($0 as? Diagnostic)?.message == "line \(line) of the package index of stable/main is malformed"
    }
  }

  @Test(arguments: ["/etc/passwd", "pool/../../x", "pool//x", "a b"])
  func `a path that leaves the archive is refused`(path: String) throws {
    let text =
      "Package: a\nVersion: 1\nArchitecture: all\nSize: 1\nSHA256: \(Digest(of: "").hexadecimal)\nFilename: \(path)\n"
    let index = try PackageIndex(
      [.init(PackageArchive(identifier: "a", suite: "stable"), IndexText(Array(text.utf8)))],
      architecture: .amd64)
    #expect(throws: Diagnostic.self) { try index.packages(named: #require(PackageName("a"))) }
  }

  @Test func `the machine's indexes read to as many packages as they hold`() async throws {
    let index = try await MachineArchives.index.value
    #expect(index.count > 60_000)
    #expect(index.offers(try #require(PackageName("nginx-light"))))
  }
}
