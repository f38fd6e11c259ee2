import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct UnifiedKernelTests {
  private static let stub = FilePath("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")

  @Test func `objcopy finds each section as it was given`() async throws {
    let folder = try TemporaryFolder()
    let sections: [(name: String, content: [UInt8])] = [
      (".osrel", Array("ID=debian\n".utf8)), (".cmdline", Array("quiet".utf8)),
      (".linux", [UInt8](repeating: 7, count: 70_001)), (".initrd", [UInt8](repeating: 9, count: 5000)),
    ]
    let program = folder.appending("program.efi")
    try DurableFile.write(
      try UnifiedKernel.build(stub: try DurableFile.read(Self.stub), sections: sections), to: program)
    for section in sections {
      let file = folder.appending("section")
      _ = try await Command(
        "objcopy", ["-O", "binary", "--dump-section", "\(section.name)=\(file)", program.string, "/dev/null"]
      ).output()
      // Padded to the file's alignment.
      let found = try DurableFile.read(file)
      #expect(found.starts(with: section.content), "\(section.name)")
      #expect(
        found.count < section.content.count + 512
          && found.dropFirst(section.content.count).allSatisfy { $0 == 0 })
    }
  }

  @Test func `refuses what is no stub, wherever it's cut or changed`() throws {
    let stub = try DurableFile.read(Self.stub)
    for count in stride(from: 0, to: 1024, by: 3) {
      #expect(throws: Diagnostic.self) {
        try UnifiedKernel.build(stub: Array(stub.prefix(count)), sections: [(".linux", [1])])
      }
    }
    // Whatever a changed byte of the headers makes of it, it's an error or a file, never a crash.
    for index in 0..<712 {
      for value in [0, 0x7f, 0xff] as [UInt8] {
        var changed = stub
        changed[index] = value
        _ = try? UnifiedKernel.build(stub: changed, sections: [(".linux", [1])])
      }
    }
    #expect(throws: Diagnostic.self) {
      try UnifiedKernel.build(stub: stub, sections: (0..<20).map { (".s\($0)", [1]) })
    }
  }
}
