import Essentials
import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct PartitionTableTests {
  private struct Answer: Decodable {
    struct Table: Decodable {
      struct Partition: Decodable {
        let start: Int64
        let size: Int64
        let type: String
        let uuid: String
        let name: String
        let attrs: String?
      }
      let label: String
      let id: String
      let partitions: [Partition]
    }
    let partitiontable: Table
  }

  @Test func `sfdisk reads what is written, and finds no fault`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("disk")
    let identifiers = ["disk", "first", "second"].map { Identifier(of: $0) }
    let types = PartitionTable.rootTypes(.amd64)
    let table = PartitionTable(
      disk: identifiers[0].bytes,
      [
        .init(
          type: PartitionTable.systemType, identifier: identifiers[1].bytes, name: "ESP", start: 1 << 20,
          size: 3 << 20),
        .init(
          type: types.data, identifier: identifiers[2].bytes, name: "hardtack-0123456789abcdef-verity",
          attributes: PartitionTable.isReadOnly, start: 5 << 20, size: 4096),
      ])
    #expect(table.size % (1 << 20) == 0)
    let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
    try file.closeAfter {
      try file.writeAll(table.head)
      try file.seek(offset: table.tail.start, from: .start)
      try file.writeAll(table.tail.bytes)
    }
    let said = try await Command("sfdisk", ["--verify", path.string]).run()
    #expect(said.outputText.contains("No errors detected"), "\(said.outputText)\(said.errorText)")
    let json = try await Command("sfdisk", ["--json", path.string]).output()
    let found = try JSONDecoder().decode(Answer.self, from: Data(json)).partitiontable
    #expect(found.label == "gpt" && found.id.lowercased() == identifiers[0].description)
    #expect(found.partitions.map(\.start) == [2048, 10240] && found.partitions.map(\.size) == [6144, 8])
    #expect(found.partitions.map(\.type) == [PartitionTable.systemType, types.data])
    #expect(found.partitions.map { $0.uuid.lowercased() } == identifiers.dropFirst().map(\.description))
    #expect(found.partitions.map(\.name) == ["ESP", "hardtack-0123456789abcdef-verity"])
    #expect(found.partitions.map(\.attrs) == [nil, "GUID:60"])
    // The copy alone is enough.
    let broken = try FileDescriptor.open(path, .writeOnly)
    try broken.closeAfter {
      try broken.seek(offset: 512, from: .start); try broken.writeAll([0, 0, 0, 0])
    }
    let repaired = try await Command("sfdisk", ["--json", path.string]).output()
    #expect(try JSONDecoder().decode(Answer.self, from: Data(repaired)).partitiontable.partitions.count == 2)
  }
}
