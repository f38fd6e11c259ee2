import DebianPackages
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Baking

/// Packages that aren't as they should be, made by Python's `tarfile`, unpacked beside a folder that must stay as it is.
@Suite struct HostilePackageTests {
  private let folder: TemporaryFolder
  private var root: FilePath { folder.appending("root") }
  private var outside: FilePath { folder.appending("outside") }

  init() throws {
    folder = try TemporaryFolder()
    try DurableFile.createFolder(root.appending("usr/bin"))
    try DurableFile.createFolder(outside)
    try DurableFile.write(Array("kept".utf8), to: outside.appending("file"))
    #expect(symlink("usr/bin", root.appending("bin").string) == 0)
  }

  /// Writes a package: `python3 - PACKAGE CODE`.
  private static let make = #"""
    import io, sys, tarfile
    from tarfile import DIRTYPE, SYMTYPE, LNKTYPE
    def tar(fill):
        stream = io.BytesIO()
        archive = tarfile.open(fileobj=stream, mode='w')
        def add(name, type=tarfile.REGTYPE, content=b'', **fields):
            info = tarfile.TarInfo(name)
            info.type, info.size = type, len(content)
            for key, value in fields.items(): setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content) if content else None)
        fill(add)
        archive.close()
        return stream.getvalue()
    control = b'Package: hostile\nVersion: 1\nArchitecture: all\n'
    members = [('debian-binary', b'2.0\n'), ('control.tar', tar(lambda add: add('./control', content=control))),
               ('data.tar', tar(lambda add: exec(sys.argv[2], {**globals(), 'add': add})))]
    with open(sys.argv[1], 'wb') as package:
        package.write(b'!<arch>\n')
        for name, data in members:
            package.write(f'{name:<16}{0:<12}{0:<6}{0:<6}{"100644":<8}{len(data):<10}`\n'.encode())
            package.write(data + b'\n' * (len(data) % 2))
    """#

  private func unpack(_ code: String) async throws {
    let path = folder.appending("hostile.deb")
    _ = try await python(Self.make, [path.string, code])
    let claims = TreeClaims(names: ["hostile"], replaces: [[]], links: ["bin": "usr/bin"])
    var writer = TreeWriter(
      root: try RootFolder(root), claims: claims, owner: 0, name: "hostile 1", diversions: [:], conffiles: [])
    let archive = try DebFile(try MappedFile(path), name: "hostile 1").openData()
    while let entry = try archive.next() { try writer.write(entry, from: archive) }
  }

  private func expectNothingOutside() async throws {
    let listing = try await Command(
      "find", [folder.path.string, "-path", root.string, "-prune", "-o", "-print"]
    )
    .output()
    let names = String(decoding: listing, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
    #expect(
      names
        == [folder.path, folder.appending("hostile.deb"), outside, outside.appending("file")].map(\.string))
    #expect(try DurableFile.read(outside.appending("file")) == Array("kept".utf8))
  }

  @Test(arguments: [
    ("add('../outside/evil', content=b'x')", "ships '../outside/evil', a path that leaves the root tree"),
    ("add('a/../../outside/evil')", "ships 'a/../../outside/evil', a path that leaves the root tree"),
    (
      "add('a', SYMTYPE, linkname='../outside'); add('a/evil')",
      "/a/evil lies behind a loop of links, or one that"
    ),
    (
      "add('a', SYMTYPE, linkname='b'); add('b', SYMTYPE, linkname='a'); add('a/evil')",
      "/a/evil lies behind a loop"
    ),
    (
      "add('a', LNKTYPE, linkname='../outside/file')",
      "ships '../outside/file', a path that leaves the root tree"
    ),
    ("add('a', LNKTYPE, linkname='nowhere')", "/a: "),
    ("add('a', content=b'x'); add('a', content=b'y')", "the package hostile ships /a twice"),
    (
      "add('bin/a', content=b'x'); add('usr/bin/a', content=b'y')",
      "the package hostile ships /usr/bin/a twice"
    ),
    ("add('a', DIRTYPE); add('a', content=b'x')", "the package hostile ships /a twice"),
    ("add('a', content=b'x'); add('a', DIRTYPE)", "both ship /a"),
    ("add('a', content=b'x'); add('a/evil', content=b'y')", "/a: "),
    ("add('bin', SYMTYPE, linkname='../outside'); add('bin/evil')", "both ship /bin"),
    ("add('a', content=b''); add('b', size=17 << 30)", "the package hostile 1 unpacks to more than the"),
    ("[add(f'{n}', size=9 << 30) for n in range(2)]", ""),
  ])
  func `refuses what isn't sound by name, and writes nothing outside`(code: String, reason: String)
    async throws
  {
    let refusal = await #expect(throws: Diagnostic.self) { try await unpack(code) }
    #expect(refusal?.message.contains(reason) == true, "\(refusal?.message ?? "")")
    try await expectNothingOutside()
  }

  @Test func `an absolute link of a package leads into its tree`() async throws {
    try await unpack("add('a', SYMTYPE, linkname='\(outside)'); add('a/evil', content=b'x')")
    #expect(
      try DurableFile.read(root.pushing(FilePath(String(outside.string.dropFirst()))).appending("evil")) == [
        120
      ])
    try await expectNothingOutside()
  }

  @Test(arguments: ["srv", "srv/deep"])
  func `a link that a script made leads nowhere out of the tree`(place: String) async throws {
    try DurableFile.createFolder(root.appending("srv"))
    #expect(rmdir(root.appending(place).string) == 0 || errno == ENOENT)
    #expect(symlink(outside.string, root.appending(place).string) == 0)
    await #expect(throws: Diagnostic.self) {
      try await unpack("add('\(place)/more/evil', content=b'x')")
    }
    try await expectNothingOutside()
  }

  @Test(arguments: ["var/log", "var", "etc/ssh", "etc", "tmp", "var/lib/dpkg/triggers"])
  func `what makes a tree neutral follows no link out of it`(place: String) async throws {
    try DurableFile.write([], to: folder.appending("hostile.deb"))
    let path = root.pushing(FilePath(place))
    try DurableFile.createFolder(path.removingLastComponent())
    #expect(symlink(outside.string, path.string) == 0)
    for name in ["log", "ssh", "lib"] { #expect(symlink(".", outside.appending(name).string) == 0) }
    try Neutralisation(root: try RootFolder(root)).apply(epoch: 0)
    for name in ["log", "ssh", "lib"] { #expect(unlink(outside.appending(name).string) == 0) }
    try await expectNothingOutside()
  }
}
