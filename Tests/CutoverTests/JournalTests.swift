import Cutover
import Essentials
import SystemPackage
import TestSupport
import Testing

@Suite struct JournalTests {
  private static let plan = SwapSimulationTests.plan(.init(strategy: .rolling))
  private static let events: [SwapEvent] = [
    .planned(plan), .intent(step: 0, .forward),
    .result(step: 0, .forward, Outcome(facts: ["a": "ü \n \" b"])),
    .intent(step: 1, .forward), .result(step: 1, .forward, Outcome(failure: "it broke")),
    .turned(reason: "it broke"), .resumed, .ended(.rolledBack),
  ]

  private static func written(_ path: FilePath) async throws -> [JournalRecord] {
    let journal = try Journal.create(path)
    var records: [JournalRecord] = []
    for (number, event) in events.enumerated() {
      records.append(JournalRecord(time: Int64(number), epoch: 3, event: event))
      try await journal.append(records[number])
    }
    return records
  }

  @Test func `reads what was appended, and goes on behind it`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("1.journal")
    let records = try await Self.written(path)
    #expect(try Journal.records(path) == records)
    let (journal, found) = try Journal.open(path)
    #expect(found == records)
    let more = JournalRecord(time: 9, epoch: 4, event: .resumed)
    try await journal.append(more)
    #expect(try Journal.records(path) == records + [more])
  }

  @Test func `drops a line that was cut off anywhere, and goes on before it`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("1.journal")
    let records = try await Self.written(path)
    let bytes = try DurableFile.read(path)
    let lastLine = bytes.dropLast().lastIndex(of: 10).map { $0 + 1 } ?? 0
    for length in [lastLine, lastLine + 1, (lastLine + bytes.count) / 2, bytes.count - 1] {
      try DurableFile.write(Array(bytes[..<length]), to: path)
      #expect(try Journal.records(path) == Array(records.dropLast()))
      let (journal, _) = try Journal.open(path)
      try await journal.append(records[records.count - 1])
      #expect(try DurableFile.read(path) == bytes)
    }
  }

  @Test func `refuses a changed, missing or added line by its number`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("1.journal")
    _ = try await Self.written(path)
    let lines = try DurableFile.read(path).split(separator: 10)
    func refusal(_ lines: [ArraySlice<UInt8>]) throws -> Int? {
      try DurableFile.write(lines.flatMap { $0 + [10] }, to: path)
      do { _ = try Journal.records(path) } catch {
        #expect(error.category == .verificationFailed)
        return error.location?.line
      }
      return nil
    }
    for number in lines.indices {
      for position in stride(from: lines[number].startIndex, to: lines[number].endIndex, by: 7) {
        var changed = lines
        changed[number][position] ^= 1
        // A flip that makes a line feed makes two lines.
        guard changed[number][position] != 10 else { continue }
        #expect(try refusal(changed) == number + 1)
      }
      if number < lines.count - 1 {
        var fewer = lines
        fewer.remove(at: number)
        #expect(try refusal(fewer) == number + 1)
      }
      var more = lines
      more.insert(lines[number], at: number)
      #expect(try refusal(more) == number + 2)
    }
  }

  @Test func `takes its room before it's needed`() async throws {
    let folder = try TemporaryFolder()
    let disk = folder.appending("disk")
    try DurableFile.createFolder(disk)
    _ = try await Command("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.string]).output()
    do {
      let path = disk.appending("1.journal")
      let journal = try Journal.create(path)
      _ = try await Command("sh", ["-c", "cat /dev/zero > \(disk)/filler"]).run()
      try await journal.append(JournalRecord(time: 0, epoch: 1, event: .planned(Self.plan)))
      #expect(try Journal.records(path).count == 1)
      #expect(throws: Diagnostic.self) { try Journal.create(disk.appending("2.journal")) }
      #expect(throws: Diagnostic.self) { try DurableFile.read(disk.appending("2.journal")) }
    } catch {
      _ = try await Command("umount", ["--lazy", disk.string]).output()
      throw error
    }
    _ = try await Command("umount", ["--lazy", disk.string]).output()
  }
}
