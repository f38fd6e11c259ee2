import Essentials
import Glibc
import PythonPackages
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct TreeGateTests {
  @Test func `follows links as the kernel does, within the tree`() throws {
    let place = try GateTree { root in
      try GateTree.write("text", to: root.appending("usr/lib/file"))
      try GateTree.link(root.appending("lib"), to: "usr/lib")
      try GateTree.link(root.appending("etc/up"), to: "../../../lib/file")
      try GateTree.link(root.appending("loop"), to: "loop")
    }
    let tree = place.tree
    #expect(tree.find("/etc/up").map { tree.pathText(of: $0) } == "/usr/lib/file")
    #expect(tree.find("/lib/./../lib/file").map { tree.text(of: $0) } == "text")
    #expect(tree.find("/loop".utf8) == .loop)
    #expect(tree.find("/lib/no/where".utf8) == .missing(Array("/usr/lib/no/where".utf8)))
    #expect(tree.standing(at: "/lib").map { tree.entry($0).kind } == .symbolicLink)
  }

  @Test func `finds links that lead nowhere, and takes those that are meant to`() throws {
    let place = try GateTree { root in
      try GateTree.write("", to: root.appending("usr/bin/tool"))
      try GateTree.link(root.appending("usr/bin/good"), to: "tool")
      try GateTree.link(root.appending("etc/mtab"), to: "../proc/self/mounts")
      try GateTree.link(root.appending("usr/share/manual"), to: "doc/manual")
      try GateTree.link(root.appending("usr/bin/bad"), to: "../lib/tool")
    }
    let gate = LinkGate(packages: InstalledPackages(place.tree))
    #expect(
      gate.findings(in: place.tree) == [
        "/usr/bin/bad leads to /usr/lib/tool, which isn't there (configuration)"
      ])
  }

  @Test func `finds what all may write, unless the sticky bit guards it`() throws {
    let place = try GateTree { root in
      try GateTree.write("", to: root.appending("a/closed"))
      try GateTree.write("", to: root.appending("a/open"), mode: 0o666)
      for (name, mode) in [("sticky", 0o1777), ("wide", 0o777)] as [(String, mode_t)] {
        try DurableFile.createFolder(root.appending(name))
        #expect(chmod(root.appending(name).string, mode) == 0)
      }
    }
    #expect(
      WritableGate().findings(in: place.tree).sorted() == [
        "/a/open may be written by all: mode 0666 (configuration)",
        "/wide may be written by all: mode 0777 (configuration)",
      ])
  }

  @Test func `finds programs with others' rights that nobody listed`() throws {
    let place = try GateTree { root in
      try GateTree.write("", to: root.appending("usr/bin/su"), mode: 0o4755)
      try GateTree.write("", to: root.appending("usr/bin/own"), mode: 0o2755)
      try GateTree.write("", to: root.appending("usr/bin/listed"), mode: 0o4755)
    }
    #expect(
      SetuidGate(allowed: ["/usr/bin/listed"]).findings(in: place.tree) == [
        "/usr/bin/own runs with the rights of group 0: mode 2755 (configuration)"
      ])
  }

  private func units(_ text: String) throws -> GateTree {
    try GateTree { root in
      let folder = root.appending("etc/systemd/system")
      try GateTree.write("[Service]\nExecStart=/bin/true\n", to: folder.appending("app-web.service"))
      try GateTree.write("[Unit]\n\(text)\n", to: folder.appending("app-.service.d/all.conf"))
    }
  }

  @Test func `finds credentials that no secret gives, in drop-ins too`() throws {
    let gate = CredentialGate(units: ["app-web.service"], secrets: ["app.env"])
    let good = try units(
      "LoadCredential=app.env\nLoadCredential=hardtack.role\nLoadCredential=cert:/etc/cert")
    #expect(gate.findings(in: good.tree) == [])
    let bad = try units("LoadCredential=app.evn")
    #expect(
      gate.findings(in: bad.tree) == [
        "app-web.service loads the credential 'app.evn', which is no secret of the recipe (/etc/systemd/system/app-.service.d/all.conf)"
      ])
  }

  @Test func `finds units of the recipe that wait for the network`() throws {
    let gate = NetworkGate(units: ["app-web.service"])
    #expect(gate.findings(in: try units("After=network-online.target").tree) == [])
    #expect(gate.findings(in: try units("Wants=network.target \\\n network-online.target").tree).count == 1)
  }

  @Test func `finds libraries that the loader would not`() throws {
    // Nobody else knows better which libraries a program of this machine needs.
    let program = FilePath("/bin/true")
    func findings(with libraries: [String]) throws -> [String] {
      let place = try GateTree { root in
        for path in [program.string] + libraries {
          let copy = root.appending(String(path.dropFirst()))
          try DurableFile.createFolder(copy.removingLastComponent())
          try DurableFile.write(try DurableFile.read(FilePath(path)), to: copy)
        }
      }
      let files = LinkedFiles(try MappedFile(place.packed.path), place.packed.table)
      let nodes = Dictionary(
        uniqueKeysWithValues: place.tree.merged.nodes.enumerated().map { ($1.entry, $0) })
      var search = LibrarySearch(place.tree, triplet: "x86_64-linux-gnu", libraries: [])
      return files.files.flatMap { file in
        search.missing(file.elf, at: place.tree.path(of: nodes[file.entry] ?? 0))
      }
    }
    let libraries = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]
    #expect(try findings(with: libraries) == [])
    #expect(try Set(findings(with: [])) == ["libc.so.6", "/lib64/ld-linux-x86-64.so.2"])
  }

  @Test func `looks through a large layer without holding it in memory`() throws {
    let place = try GateTree { root in
      for number in 1...10 {
        try DurableFile.write([UInt8](repeating: 7, count: 1 << 20), to: root.appending("file\(number)"))
      }
      for name in ["a", "z"] {
        try DurableFile.write(try DurableFile.read("/bin/true"), to: root.appending(name))
      }
    }
    let file = try MappedFile(place.packed.path)
    #expect(LinkedFiles(file, place.packed.table).files.count == 2)
    let mappings = String(decoding: try DurableFile.read("/proc/self/smaps"), as: UTF8.self)
      .split(separator: "\n")
    let held = withExtendedLifetime(file) {
      mappings.indices.filter { mappings[$0].hasSuffix(place.packed.path.string) }
        .flatMap { mappings[$0...].prefix(5).filter { $0.hasPrefix("Rss:") } }
    }
    #expect(!held.isEmpty)
    #expect(held.allSatisfy { $0.split(separator: " ").dropFirst().first == "0" })
  }

  @Test func `reads no nonsense of damaged programs`() throws {
    let bytes = try DurableFile.read("/bin/true")
    var random = SplitMix(5)
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<8 {
        damaged[Int.random(in: 0..<1024, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      damaged.withUnsafeBytes { _ = ElfFile($0) }
    }
    bytes.withUnsafeBytes { bytes in
      #expect(ElfFile(bytes) != nil)
      #expect(ElfFile(UnsafeRawBufferPointer(rebasing: bytes[..<100])) == nil)
    }
  }

  @Test func `finds wheels that lack what they require`() throws {
    let folder = "opt/venv/lib/python3.11/site-packages"
    let place = try GateTree { root in
      for (name, lines) in [
        (
          "one-1.0", "Name: one\nVersion: 1.0\nRequires-Dist: two>=2\nRequires-Dist: three; extra == 'more'\n"
        ),
        (
          "two-1.5",
          "Name: two\nVersion: 1.5\nRequires-Dist: four; python_version < '3'\nRequires-Dist: five\n"
        ),
      ] {
        try GateTree.write(
          "Metadata-Version: 2.1\n\(lines)", to: root.appending("\(folder)/\(name).dist-info/METADATA"))
      }
    }
    let gate = WheelConsistency(
      environmentFolder: "/opt/venv", series: "3.11", python: try #require(PythonVersion("3.11.2")),
      architecture: .amd64)
    #expect(
      gate.findings(in: place.tree) == [
        "one 1.0 requires two>=2, and 1.5 is installed", "two 1.5 requires five, which isn't installed",
      ])
  }

  @Test(arguments: [
    ("libatm.so.1", "libatm1"), ("libpcre2-8.so.0", "libpcre2-8-0"), ("libstdc++.so.6", "libstdc++6"),
  ])
  func `knows the names that Debian gives packages of libraries`(library: String, package: String) {
    #expect(LibraryGate.packageNames(of: library).contains(package))
  }
}
