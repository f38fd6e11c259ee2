import Essentials
import FoundationEssentials
import SystemPackage

/// What every one of them says of itself.
private struct Versioned: Decodable { var version: Int }

/// The JSON files of the pools' own folder: whole or absent, readable by their owner only.
enum StateFile {
  static func write(_ value: some Encodable, to path: FilePath) throws(Diagnostic) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let bytes: [UInt8]
    do { bytes = Array(try encoder.encode(value)) } catch {
      throw Diagnostic(.bug, "the state \(path) can't be written as JSON: \(error)")
    }
    try DurableFile.createFolder(path.removingLastComponent(), mode: 0o700)
    try DurableFile.write(bytes + [UInt8(ascii: "\n")], to: path, mode: [.ownerReadWrite])
  }

  /// In bytes: more than a pool's record can have, whatever its guests report.
  private static let limit = 64 << 20

  /// - Throws: where it can't be read, or is of a version that this program doesn't know.
  static func read<Value: Decodable>(
    _ type: Value.Type, from path: FilePath, version: Int
  ) throws(Diagnostic) -> Value {
    let bytes = Data(try DurableFile.read(path, limit: limit))
    guard let found = try? JSONDecoder().decode(Versioned.self, from: bytes) else {
      throw damaged(path, "it is no JSON object with a version")
    }
    guard found.version == version else {
      throw Diagnostic(
        .failed, "\(path) is of version \(found.version); this program knows version \(version)",
        hints: ["stop the pool with the hardtack that started it"])
    }
    do { return try JSONDecoder().decode(type, from: bytes) } catch {
      throw damaged(path, "a field is missing or of another type")
    }
  }

  private static func damaged(_ path: FilePath, _ reason: String) -> Diagnostic {
    Diagnostic(
      .failed, "the state \(path) can't be read: \(reason)",
      hints: [
        "look for the pool's QEMU with 'ps', end it, and remove the folder \(path.removingLastComponent())"
      ])
  }
}
