import DebianPackages
import Essentials
import Glibc
import Lockfiles
import PythonPackages
import SystemPackage

/// What `make fuzz` feeds, one at a time: everything that is read of what others have written. Whatever comes, nothing
/// may trap, and nothing may take long.
enum Subject: String, CaseIterable {
  case control, release, versions, requirements, pages, locks, wheels, lockfile

  /// The one that the environment names.
  static let chosen: Subject = {
    let name = getenv("FUZZ_SUBJECT").map { String(cString: $0) } ?? ""
    guard let subject = Subject(rawValue: name) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      _ = try? FileDescriptor.standardError.writeAll("FUZZ_SUBJECT is one of \(names)\n".utf8)
      exit(64)
    }
    return subject
  }()

  func read(_ bytes: [UInt8]) {
    switch self {
    case .control: Self.control(bytes)
    case .release:
      _ = try? ReleaseFile(parsing: bytes, name: "fuzz")
      _ = DetachedRelease.split(bytes)
    case .versions: Self.versions(bytes)
    case .requirements: Self.requirements(bytes)
    case .pages: Self.pages(bytes)
    case .locks: Self.locks(bytes)
    case .wheels: Self.wheels(bytes)
    case .lockfile: Self.lockfile(bytes)
    }
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Subject.chosen.read(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
