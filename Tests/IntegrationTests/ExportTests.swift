import Essentials
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// Images in other tools' forms, and what those tools make of them.
  @Suite(.serialized) struct ExportTests {
    /// A machine whose init says what it finds, and switches off.
    private static let initScript = #"""
      #!/bin/sh
      exec >/dev/console 2>&1
      echo "marker: $(cat /srv/app/marker)"
      dmsetup status
      grep -c ' / overlay ' /proc/mounts
      echo told
      sleep 1
      echo o >/proc/sysrq-trigger
      sleep 9

      """#

    private func export(_ format: String, _ name: String, _ store: FilePath, to folder: FilePath) async throws
      -> FilePath
    {
      let path = folder.appending(name)
      let outcome = try await SmallImage.shared.run(
        .root, "export", "small", "--format", format, "--output", path.string, "--store", store.string)
      #expect(outcome.code == 0, "\(outcome.text)")
      #expect(!outcome.text.contains("warning"), "\(outcome.text)")
      return path
    }

    @Test func `writes each form, the same each time`() async throws {
      let image = try SmallImage.shared
      let store = try await image.freshStore("exported", for: .root)
      let recipe = try await image.variant(
        "exported", build: ["echo unmistakable > marker", "cp init /sbin/init && chmod 755 /sbin/init"])
      try DurableFile.write(Array(Self.initScript.utf8), to: recipe.appending("app/init"))
      let baked = try await image.run(.root, "bake", recipe.string, "--store", store.string)
      try #require(baked.code == 0, "\(baked.text)")
      let folder = try TemporaryFolder()
      var paths: [String: FilePath] = [:]
      for format in ["directory", "tar", "oci", "raw", "qcow2"] {
        paths[format] = try await export(format, format, store, to: folder.path)
        // FAT counts time in steps of two seconds.
        if format == "raw" { try await Task.sleep(for: .seconds(2.1)) }
        let again = try await export(format, "again-" + format, store, to: folder.path)
        let isSame = try await Command(
          "diff", ["--recursive", "--no-dereference", paths[format]?.string ?? "", again.string]
        ).run()
        // diff takes two pipes or devices for different.
        #expect(
          isSame.status == 0 || isSame.outputText.split(separator: "\n").allSatisfy { $0.contains("pipe") },
          "\(format): \(isSame.outputText)")
        _ = try await Command("rm", ["-rf", again.string]).output()
      }
      let refused = try await image.run(
        .root, "export", "small", "--format", "tar", "--output", folder.appending("tar").string, "--store",
        store.string)
      #expect(refused.code == 64 && refused.text.contains("exists already"), "\(refused.text)")
      let names = try await Command("ls", ["-A", folder.path.string]).run().outputText
      #expect(names.split(separator: "\n").sorted() == ["directory", "oci", "qcow2", "raw", "tar"])

      try await readWithOtherTools(folder.path, paths, baked.digest ?? "")
      try await boot(try #require(paths["raw"]), in: folder.path)
    }

    /// GNU tar's and umoci's trees are the directory, and skopeo and qemu-img find what was exported.
    private func readWithOtherTools(_ folder: FilePath, _ paths: [String: FilePath], _ digest: String)
      async throws
    {
      let expected = try await show(try #require(paths["directory"]))
      let (tar, bundle) = (folder.appending("unpacked"), folder.appending("bundle"))
      try DurableFile.createFolder(tar)
      _ = try await Command(
        "tar",
        [
          "-C", tar.string, "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf",
          paths["tar"]?.string ?? "",
        ]
      ).output()
      #expect(try await show(tar) == expected)
      let layout = (paths["oci"]?.string ?? "") + ":small"
      _ = try await Command("umoci", ["unpack", "--image", layout, bundle.string]).output()
      #expect(try await show(bundle.appending("rootfs")) == expected)
      let inspected = try await Command("skopeo", ["inspect", "oci:" + layout]).output()
      #expect(String(decoding: inspected, as: UTF8.self).contains(digest))
      let compared = try await Command(
        "qemu-img",
        ["compare", "-f", "raw", "-F", "qcow2", paths["raw"]?.string ?? "", paths["qcow2"]?.string ?? ""]
      ).run()
      #expect(compared.outputText.contains("Images are identical"), "\(compared.outputText)")
    }

    /// The firmware starts the disk, dm-verity guards what's read, and a turned bit is never read.
    private func boot(_ disk: FilePath, in folder: FilePath) async throws {
      let told = try await start(disk)
      #expect(told.contains("marker: unmistakable\r\n"), "\(told.suffix(2000))")
      let sectors = told.split(whereSeparator: \.isNewline).first { $0.hasPrefix("root: 0 ") }
      #expect(sectors?.hasSuffix(" verity V") ?? false, "\(told.suffix(2000))")
      #expect(told.contains("\r\n1\r\ntold\r\n"), "\(told.suffix(2000))")

      let script = """
        import sys
        with open(sys.argv[1], 'r+b') as f:
            data = f.read()
            assert data.count(b'unmistakable\\n') == 1
            f.seek(data.index(b'unmistakable\\n')); f.write(b'U')
        """
      _ = try await python(script, [disk.string])
      let turned = try await start(disk)
      #expect(
        turned.contains("marker: \r\n") && turned.contains("Input/output error"), "\(turned.suffix(2000))")
      #expect(!turned.lowercased().contains("unmistakable"), "\(turned.suffix(2000))")
    }

    /// What the machine says on its serial port until it's off.
    private func start(_ disk: FilePath) async throws -> String {
      let result = try await Command(
        "timeout",
        [
          "180", "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-cpu", "max", "-m", "512",
          "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none", "-serial", "stdio", "-drive",
          "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd", "-drive",
          "file=\(disk),format=raw,if=virtio,readonly=on",
        ]
      ).run()
      #expect(result.status == 0, "\(result.errorText)")
      return result.outputText
    }
  }
}
