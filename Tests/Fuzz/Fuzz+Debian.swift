import DebianPackages
import Essentials

extension Subject {
  static func control(_ bytes: [UInt8]) {
    _ = try? ControlParagraph.list(parsing: bytes, name: "fuzz")
    let part = PackageIndex.Part(PackageArchive(identifier: "fuzz", suite: "fuzz"), IndexText(bytes))
    guard let index = try? PackageIndex([part], architecture: .amd64) else { return }
    _ = try? PackageSolver(index, .init(variant: .minbase, recommends: true)).solve([
      PackageRequest(parsing: "a")
    ])
  }

  static func versions(_ bytes: [UInt8]) {
    let parts = texts(bytes)
    let debian = parts.compactMap { DebianVersion($0) }
    let python = parts.compactMap { PythonText($0) }
    for (one, other) in zip(debian, debian.dropFirst()) {
      // An order, whatever is compared.
      precondition((one < other) != (other <= one) && (one == other) == !(one < other || other < one))
      if one == other { precondition(one.hashValue == other.hashValue) }
    }
    PythonText.check(python)
    for part in parts {
      _ = try? RelationGroup.list(parsing: part)
      _ = try? PackageRequest(parsing: part)
    }
  }

  /// The lines of an input.
  static func texts(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).prefix(64).map { String(decoding: $0, as: UTF8.self) }
  }
}
