import Essentials
import Glibc
import SystemPackage
import TestSupport

/// A bake under way, and the processes that it has started.
struct RunningBake {
  /// A process, told from a later one of the same number by when it started.
  struct Descendant: Hashable {
    let identifier: Int32
    let started: String
  }

  private let process: ChildProcess

  init(_ process: ChildProcess) { self.process = process }

  /// Waits until it says that `stage` has begun.
  /// - Returns: false where it ended before.
  func reaches(_ stage: String) throws -> Bool {
    while true {
      let line = try process.readLine()
      if line.isEmpty { return false }
      if line.hasPrefix(stage) { return true }
    }
  }

  /// Waits until one of its processes runs with `word` among its arguments.
  func waitForProcess(with word: String) async throws -> Bool {
    try await Self.poll {
      Self.descendants(of: process.identifier).contains { descendant in
        let bytes = (try? DurableFile.read(FilePath("/proc/\(descendant.identifier)/cmdline"))) ?? []
        return bytes.split(separator: 0).contains { $0.elementsEqual(word.utf8) }
      }
    }
  }

  /// Sends it a signal and waits for its end.
  /// - Returns: its exit code, or 128 and the signal that ended it; and those of its processes that outlive it, ten seconds on.
  func end(by number: Int32) async throws -> (code: Int32, survivors: Set<Descendant>) {
    let descendants = Self.descendants(of: process.identifier)
    let code = process.end(by: number)
    var survivors = descendants
    _ = try await Self.poll(seconds: 10) {
      survivors = survivors.filter { Self.isAlive($0) }
      return survivors.isEmpty
    }
    return (code, survivors)
  }

  /// Asks again and again until the answer is yes, for at most `seconds`.
  private static func poll(seconds: Int = 300, _ isSo: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if try isSo() { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  private static func descendants(of root: Int32) -> Set<Descendant> {
    var children: [Int32: [Descendant]] = [:]
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let identifier = Int32(name), let fields = fields(of: identifier), let parent = Int32(fields[1])
      else {
        continue
      }
      children[parent, default: []].append(Descendant(identifier: identifier, started: fields[19]))
    }
    var found: Set<Descendant> = []
    var pending = [root]
    while let next = pending.popLast() {
      for child in children[next] ?? [] where found.insert(child).inserted {
        pending.append(child.identifier)
      }
    }
    return found
  }

  private static func isAlive(_ descendant: Descendant) -> Bool {
    guard let fields = fields(of: descendant.identifier) else { return false }
    return fields[19] == descendant.started && fields[0] != "Z"
  }

  /// The fields of `/proc/PID/stat` behind the name, from the state on; nil where there's no such process.
  private static func fields(of identifier: Int32) -> [String]? {
    guard let bytes = try? DurableFile.read(FilePath("/proc/\(identifier)/stat")),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " ")).map {
      String(decoding: $0, as: UTF8.self)
    }
    return fields.count > 19 ? fields : nil
  }
}
