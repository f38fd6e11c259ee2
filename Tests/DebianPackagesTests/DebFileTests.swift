import DebianPackages
import Essentials
import SystemPackage
import TestSupport
import Testing

@Suite struct DebFileTests {
  /// Builds a package by dpkg-deb and opens it.
  private func build(_ folder: TemporaryFolder, packing: String) async throws -> FilePath {
    let script = """
      set -e; mkdir -p p/DEBIAN p/usr/share/doc; printf 'hello\\n' > p/usr/share/doc/a; ln -s a p/usr/share/doc/b
      printf 'Package: test\\nVersion: 1-2\\nArchitecture: all\\nMaintainer: A <a@example.org>\\nDescription: test\\n' > p/DEBIAN/control
      printf '#!/bin/sh\\nexit 0\\n' > p/DEBIAN/preinst; chmod 755 p/DEBIAN/preinst
      printf '/etc/x\\n' > p/DEBIAN/conffiles; mkdir p/etc; : > p/etc/x
      dpkg-deb --root-owner-group -Z\(packing) -b p test.deb
      """
    _ = try await Command("sh", ["-c", script], workingDirectory: folder.path).output()
    return folder.appending("test.deb")
  }

  @Test(arguments: ["xz", "gzip", "zstd", "none"])
  func `what dpkg-deb builds is read as it was`(packing: String) async throws {
    let folder = try TemporaryFolder()
    let path = try await build(folder, packing: packing)
    let file = try DebFile(try MappedFile(path), name: "test 1-2")
    let control = try await Command("dpkg-deb", ["-f", path.string]).output()
    #expect(Array(file.control.utf8) == control)
    #expect(file.controlMembers.keys.sorted() == ["conffiles", "control", "preinst"])
    #expect(try ControlParagraph(parsing: file.control, name: "control")["version"] == "1-2")

    let listed = try await Command(
      "sh", ["-c", "dpkg-deb --fsys-tarfile test.deb | tar t"], workingDirectory: folder.path
    )
    .output()
    let data = try file.openData()
    var names: [String] = []
    while let entry = try data.next() { names.append(entry.path) }
    #expect(names == String(decoding: listed, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  @Test func `what is cut off or changed is refused by name`() async throws {
    let folder = try TemporaryFolder()
    let bytes = try DurableFile.read(try await build(folder, packing: "xz"), limit: 1 << 20)
    var variants: [[UInt8]] = [
      [], Array("!<arch>\n".utf8), Array(bytes.dropLast(200)), Array(bytes.prefix(100)),
    ]
    // The size, the end of the first header, and the members' names.
    for place in [8 + 48, 8 + 58, 8, 72] {
      var changed = bytes
      changed[place] = UInt8(ascii: "x")
      variants.append(changed)
    }
    for variant in variants {
      let path = folder.appending("broken.deb")
      try DurableFile.write(variant, to: path)
      #expect {
        try DebFile(try MappedFile(path), name: "test 1-2")
      } throws: {
        let diagnostic = $0 as? Diagnostic
        return diagnostic?.category == .verificationFailed && diagnostic?.message.contains("test 1-2") == true
      }
    }
  }
}
