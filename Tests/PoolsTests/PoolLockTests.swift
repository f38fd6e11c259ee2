import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct PoolLockTests {
  private static let refusal = Diagnostic(.locked, "it is held")

  @Test func `keeps others out until it goes`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("lock")
    let lock = try PoolLock(path, refusal: Self.refusal)
    #expect(throws: Self.refusal) { try PoolLock(path, refusal: Self.refusal) }
    withExtendedLifetime(lock) {}
  }

  // A program that is being started has a copy of every descriptor until it's executed.
  @Test func `goes although a copy of its descriptor is still open`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("lock")
    var lock: PoolLock? = try PoolLock(path, refusal: Self.refusal)
    let copy = try #require(Self.copyDescriptor(of: path))
    defer { close(copy) }
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try PoolLock(path, refusal: Self.refusal)
  }

  private static func copyDescriptor(of path: FilePath) -> Int32? {
    var wanted = stat()
    guard stat(path.string, &wanted) == 0 else { return nil }
    // Other tests run beside this one, and may have many files open.
    for descriptor in 3..<Int32(clamping: sysconf(Int32(_SC_OPEN_MAX))) {
      var found = stat()
      guard fstat(descriptor, &found) == 0, found.st_ino == wanted.st_ino, found.st_dev == wanted.st_dev
      else {
        continue
      }
      return dup(descriptor)
    }
    return nil
  }
}
