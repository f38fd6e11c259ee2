import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct LogKeeperTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func writer(_ pipe: String) throws -> FileDescriptor {
    try FileDescriptor.open(folder.appending(pipe), .writeOnly)
  }

  private func size(_ log: String) throws -> Int { try DurableFile.read(folder.appending(log)).count }

  @Test func `bounds what a guest writes, keeps the end of its console, and ends with it`() async throws {
    var keeper: LogKeeper? = try await LogKeeper(in: folder.path, consoleLimit: 100_000, readyLimit: 50_000)
    let (console, ready) = (try writer(InstanceFiles.consolePipe), try writer(InstanceFiles.readyPipe))
    keeper = nil
    #expect(keeper == nil)
    #expect(LogKeeper.isAtWork(in: folder.path))
    for number in 10000..<45000 {
      try console.writeAll("line \(number)\n".utf8)
      try ready.writeAll("event \(number)\n".utf8)
    }
    try console.close()
    try ready.close()
    LogKeeper.finish(in: folder.path)
    #expect(!LogKeeper.isAtWork(in: folder.path))
    #expect(try size(InstanceFiles.ready) == 50_000)
    #expect(try size(InstanceFiles.consoleOlder) == 100_000)
    #expect(try size(InstanceFiles.console) == 35_000 * 11 - 300_000)
    let log = folder.appending(InstanceFiles.console)
    #expect(Tail.lines(of: log, count: 2) == ["line 44998", "line 44999"])
    var reader = LineReader(log)
    var lines: [[UInt8]] = []
    while case let more = reader.next(), !more.isEmpty { lines += more }
    // The older log begins within a line.
    #expect(
      lines.dropFirst().map { String(decoding: $0, as: UTF8.self) }
        == (28182...44999).suffix(lines.count - 1).map { "line \($0)" })
    #expect(lines.count > 16_000)
  }

  @Test func `ends where no machine comes to be`() async throws {
    var keeper: LogKeeper? = try await LogKeeper(in: folder.path)
    #expect(LogKeeper.isAtWork(in: folder.path))
    keeper = nil
    #expect(keeper == nil)
    LogKeeper.finish(in: folder.path)
    #expect(!LogKeeper.isAtWork(in: folder.path))
  }

  @Test func `its reader goes on in the next log when one is full`() throws {
    let log = folder.appending(InstanceFiles.console)
    let older = folder.appending(InstanceFiles.consoleOlder)
    var reader = LineReader(log)
    func next() -> [String] { reader.next().map { String(decoding: $0, as: UTF8.self) } }
    #expect(next() == [])
    try DurableFile.write(Array("one\ntw".utf8), to: log)
    #expect(next() == ["one"])
    #expect(rename(log.string, older.string) == 0)
    #expect(next() == [])
    let full = try FileDescriptor.open(older, .writeOnly, options: .append)
    try full.closeAfter { _ = try full.writeAll("o\nth".utf8) }
    try DurableFile.write(Array("ree\n".utf8), to: log)
    #expect(next() == ["two"])
    #expect(next() == ["three"])
    #expect(next() == [])
  }
}
