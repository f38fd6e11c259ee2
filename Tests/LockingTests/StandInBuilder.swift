import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// Makes a wheel whose bytes depend on nothing but what is pinned, and that requires sqlparse.
struct StandInBuilder: WheelBuilding {
  let store: Store

  func requirements(of source: Lockfile.SourcePin) async throws -> [String] {
    #expect(!source.requires.contains { $0.name == "wheel" })
    for pin in source.requires { #expect(store.contains(pin.digest)) }
    return ["wheel"]
  }

  func wheel(of source: Lockfile.SourcePin) async throws -> Lockfile.BuiltWheel {
    #expect(store.contains(source.digest))
    for pin in source.requires { #expect(store.contains(pin.digest)) }
    let folder = try TemporaryFolder()
    let file = "\(source.name)-\(source.version)-py3-none-any.whl"
    let python = source.requires.map(\.version).joined(separator: ",!=")
    try await WheelIndex(in: folder.path).publish([
      WheelIndex.Wheel(file, requires: ["sqlparse"], requiresPython: "!=\(python)")
    ])
    let bytes = try DurableFile.read(folder.appending("files").appending(file))
    return Lockfile.BuiltWheel(file: file, size: Int64(bytes.count), digest: try store.publish(bytes))
  }
}
