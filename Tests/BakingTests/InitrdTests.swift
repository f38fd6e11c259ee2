import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct InitrdTests {
  /// A kernel's folder with modules that depend on each other, indexed by the real depmod.
  private func makeKernel(_ folder: TemporaryFolder) async throws -> FilePath {
    let modules = folder.appending("lib/modules/6.1.0-test")
    let script = #"""
      import os, struct, subprocess, sys
      # An ELF relocatable with a .modinfo section, an exported symbol and an undefined one is what depmod reads.
      root = sys.argv[1]
      os.makedirs(root + '/kernel')
      def module(file, depends, soft=''):
          name = file.replace('-', '_')
          source = '.section .modinfo,"a"\n.asciz "name=%s"\n.asciz "license=GPL"\n.asciz "depends=%s"\n' % (name, ','.join(depends))
          if soft: source += '.asciz "softdep=%s"\n' % soft
          source += '.asciz "alias=alias-%s"\n' % name
          source += '.section __ksymtab_strings,"a"\n.asciz "sym_%s"\n' % name
          source += '.data\n.globl __ksymtab_sym_%s\n__ksymtab_sym_%s: .quad 0\n' % (name, name)
          for d in depends: source += '.quad sym_%s\n' % d
          path = '%s/kernel/%s.ko' % (root, file)
          subprocess.run(['as', '-o', path, '-'], input=source.encode(), check=True)
          return path
      module('base', [])
      module('ring', ['base'])
      module('bus-pci', ['ring', 'base'])
      module('disk', ['ring', 'base'], 'pre: helper post: later')
      module('helper', ['base'])
      module('later', [])
      path = module('packed', ['disk', 'ring', 'base'])
      subprocess.run(['xz', '--check=crc32', path], check=True)
      open(root + '/modules.order', 'w').write(''.join('kernel/%s.ko\n' % n for n in ['base', 'ring', 'bus-pci', 'disk', 'helper', 'later', 'packed']))
      open(root + '/modules.builtin', 'w').write('kernel/fs/ext4/ext4.ko\n')
      """#
    _ = try await python(script, [modules.string])
    _ = try await Command("depmod", ["-b", folder.path.string, "6.1.0-test"]).output()
    return modules
  }

  @Test(arguments: ["base", "bus-pci", "bus_pci", "disk", "packed", "alias-disk", "helper"])
  func `loads modules in modprobe's order`(wanted: String) async throws {
    let folder = try TemporaryFolder()
    let closure = try ModuleClosure(folder: try await makeKernel(folder), wanted: [wanted])
    let shown = try await Command(
      "modprobe",
      [
        "-d", folder.path.string, "-S", "6.1.0-test", "-C", folder.appending("none").string, "--show-depends",
        wanted,
      ]
    ).output()
    var order = String(decoding: shown, as: UTF8.self).split(separator: "\n").map { line in
      String(line.split(separator: " ").last?.split(separator: "/").last ?? "")
    }
    // modprobe shows a module again for each that wants it.
    var seen: Set<String> = []
    order.removeAll { !seen.insert($0).inserted }
    #expect(closure.modules.map { $0.path.split(separator: "/").last.map(String.init) ?? "" } == order)
  }

  @Test func `passes built-in modules over and names missing ones`() async throws {
    let folder = try TemporaryFolder()
    let kernel = try await makeKernel(folder)
    let closure = try ModuleClosure(folder: kernel, wanted: ["ext4", "disk"])
    #expect(closure.builtin == ["ext4"])
    let error = #expect(throws: Diagnostic.self) { try ModuleClosure(folder: kernel, wanted: ["dsik"]) }
    #expect(error?.message == "the kernel 6.1.0-test has no module 'dsik'")
    #expect(error?.hints == ["did you mean 'disk'?"])
  }

  @Test func `writes what cpio reads, the same each time`() async throws {
    let folder = try TemporaryFolder()
    let closure = try ModuleClosure(folder: try await makeKernel(folder), wanted: ["packed"])
    let bytes = try Initrd.build(busybox: Array("busybox".utf8), modules: closure, script: "#!/bin/sh\n")
    #expect(
      try Initrd.build(busybox: Array("busybox".utf8), modules: closure, script: "#!/bin/sh\n") == bytes)
    let out = folder.appending("out")
    try DurableFile.createFolder(out)
    let result = try await Command(
      "cpio", ["--extract", "--quiet", "--preserve-modification-time"], workingDirectory: out, input: bytes
    ).run()
    #expect(result.status == 0, "\(result.errorText)")
    func lines(_ name: String) throws -> [String] {
      String(decoding: try DurableFile.read(out.appending(name)), as: UTF8.self).split(separator: "\n").map(
        String.init)
    }
    #expect(
      try lines("modules.order") == [
        "/modules/base.ko", "/modules/ring.ko", "/modules/disk.ko", "/modules/packed.ko",
      ])
    #expect(try lines("modules.optional") == ["/modules/helper.ko", "/modules/later.ko"])
    #expect(try DurableFile.read(out.appending("modules/packed.ko")).starts(with: [0x7f, 0x45, 0x4c, 0x46]))
    let list = try await Command(
      "cpio", ["--list", "--verbose", "--quiet", "--numeric-uid-gid"], input: bytes
    ).output()
    let listed = String(decoding: list, as: UTF8.self).split(separator: "\n")
    #expect(
      listed.contains { $0.hasPrefix("crw-------") && $0.contains("5,") && $0.hasSuffix("dev/console") })
    #expect(listed.contains { $0.hasPrefix("-rwxr-xr-x") && $0.hasSuffix("1970 init") })
    #expect(listed.contains { $0.hasPrefix("lrwxrwxrwx") && $0.hasSuffix("bin/sh -> busybox") })
  }
}
