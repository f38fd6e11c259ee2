import Essentials
import Glibc
import Images
import Storage
import SystemPackage

/// A disk with a GUID partition table that boots under UEFI: a system partition with kernel, command line and initrd as one
/// program; index and layers, one behind the other, as one EROFS partition; and dm-verity's hashes of that, where the image has
/// what it takes. All identifiers follow from the image.
struct RawDisk {
  private let image: Image
  private let store: Store
  private let progress: Progress

  init(_ image: Image, in store: Store, progress: Progress) {
    self.image = image
    self.store = store
    self.progress = progress
  }

  private struct Names {
    let program: String
    let stub: FilePath
  }

  private func names(_ architecture: Architecture) -> Names {
    let folder = FilePath("/usr/lib/systemd/boot/efi")
    return switch architecture {
    case .amd64: Names(program: "BOOTX64.EFI", stub: folder.appending("linuxx64.efi.stub"))
    case .arm64: Names(program: "BOOTAA64.EFI", stub: folder.appending("linuxaa64.efi.stub"))
    }
  }

  /// - Parameter scratch: a folder for what is made on the way.
  func write(to output: ExportFile, scratch: FilePath) async throws {
    let tree = try ExportedTree(image, in: store)
    let architecture = Architecture.allCases.first { $0.oci == image.configuration.architecture } ?? .amd64
    let names = names(architecture)
    let epoch = max(0, tree.tables.lazy.flatMap(\.entries).map(\.modified).max() ?? 0)
    let initrd = try DiskInitrd(tree.tree, kernel: image.machine.kernel.digest)

    let root = try rootPartition(tree)
    let label = "hardtack-" + image.digest.hexadecimal.prefix(16)
    var commandLine = "\(image.machine.commandLine) hardtack.partition=\(label)"
    var hashes: (root: Digest, partition: [UInt8])?
    if initrd.hasVerity {
      var verity = VerityTree(salt: identifier("salt"))
      for part in root.parts { try part.withBytes { verity.update($0) } }
      let salt = Hexadecimal.text(verity.salt)
      let made = verity.finish(identifier: identifier("verity"))
      commandLine +=
        " hardtack.verity=\(root.size / Int64(VerityTree.blockSize)):\(made.root.hexadecimal):\(salt)"
      hashes = made
    } else {
      progress.say(
        "warning: without dm-verity, since the image has no dmsetup; add it to the recipe's packages")
    }

    let release = tree.tree.find("/usr/lib/os-release").map { tree.tree.content(of: $0) } ?? []
    let program = try UnifiedKernel.build(
      stub: try stub(tree.tree, names.stub),
      sections: [
        (".osrel", release), (".cmdline", Array(commandLine.utf8)),
        (".linux", try store.read(image.machine.kernel.digest, limit: 256 << 20)),
        (
          ".initrd",
          try padded(try store.read(image.machine.initrd.digest, limit: 256 << 20)) + initrd.bytes()
        ),
      ])
    let system = try MappedFile(
      try await SystemPartition.make(
        program, named: names.program, epoch: epoch,
        serial: identifier("system").prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
        in: scratch))

    var contents: [[Part]] = [[.file(system)], root.parts]
    let types = PartitionTable.rootTypes(architecture)
    // The root partition's identifiers are those that the root's hash asks for, by which systemd finds it too.
    let own = hashes?.root.bytes ?? identifier("root") + identifier("hashes")
    var partitions = [
      PartitionTable.Partition(
        type: PartitionTable.systemType, identifier: identifier("system"), name: "ESP", start: 0,
        size: Int64(system.count)),
      PartitionTable.Partition(
        type: types.data, identifier: Array(own.prefix(16)), name: label,
        attributes: PartitionTable.isReadOnly, start: 0, size: root.size),
    ]
    if let hashes {
      contents.append([.bytes(hashes.partition)])
      partitions.append(
        PartitionTable.Partition(
          type: types.hashes, identifier: Array(own.suffix(16)), name: label + "-verity",
          attributes: PartitionTable.isReadOnly, start: 0, size: Int64(hashes.partition.count)))
    }
    var next = PartitionTable.alignment
    for index in partitions.indices {
      partitions[index].start = next
      let end = next + partitions[index].size
      next = (end + PartitionTable.alignment - 1) / PartitionTable.alignment * PartitionTable.alignment
    }
    let table = PartitionTable(disk: identifier("disk"), partitions)
    try output.write(table.head)
    for (partition, parts) in zip(partitions, contents) {
      try output.skip(to: partition.start)
      for part in parts { try part.withBytes { bytes throws(Diagnostic) in try output.write(bytes) } }
    }
    try output.skip(to: table.tail.start)
    try output.write(table.tail.bytes)
  }

  /// What a partition is written from.
  private enum Part {
    case bytes([UInt8])
    case file(MappedFile)

    func withBytes(_ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void) throws(Diagnostic) {
      switch self {
      case .file(let file): try file.withBytes(body)
      case .bytes(let bytes):
        let outcome = bytes.withUnsafeBytes { buffer in
          Result { () throws(Diagnostic) in try body(buffer) }
        }
        try outcome.get()
      }
    }
  }

  /// The index for one disk, and the layers behind it.
  private func rootPartition(_ tree: ExportedTree) throws(Diagnostic) -> (parts: [Part], size: Int64) {
    let index = ByteBuffer()
    let layers = zip(tree.tables, image.manifest.layers).map { (table: $0, digest: $1.digest, size: $1.size) }
    try IndexWriter.write(layers, joinedAs: tree.merged, to: index, form: .singleDisk)
    let parts = [Part.bytes(index.bytes)] + tree.files.map(Part.file)
    return (parts, layers.reduce(Int64(index.bytes.count)) { $0 + $1.size })
  }

  /// systemd's stub: the image's own, which its lockfile pins, or this machine's.
  private func stub(_ tree: ImageTree, _ path: FilePath) throws(Diagnostic) -> [UInt8] {
    if let node = tree.find(path.string) { return tree.content(of: node) }
    guard access(path.string, R_OK) == 0 else {
      throw Diagnostic(
        .failed, "there's no \(path), neither in the image nor on this machine",
        hints: ["add systemd-boot-efi to the recipe's packages, or install it here"])
    }
    progress.say(
      "warning: the disk begins with this machine's \(path); with systemd-boot-efi among the recipe's packages it's pinned"
    )
    return try DurableFile.read(path, limit: 16 << 20)
  }

  private func identifier(_ part: String) -> [UInt8] {
    Identifier(of: "hardtack disk 1 \(part) \(image.digest)").bytes
  }

  /// An archive that another may follow.
  private func padded(_ archive: [UInt8]) -> [UInt8] {
    archive + [UInt8](repeating: 0, count: (4 - archive.count % 4) % 4)
  }
}

/// A sink in memory.
private final class ByteBuffer: ByteSink {
  private(set) var bytes: [UInt8] = []

  func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) { self.bytes.append(contentsOf: bytes) }
}
