import Essentials
import Glibc
import SystemPackage

extension PoolStore {
  /// Hands on what an instance's kernel, systemd and journal have said.
  /// - Parameters:
  ///   - name: an instance's name, or that of a pool with one instance.
  ///   - following: whether to wait for more, until the machine ends or the task is cancelled.
  ///   - lines: how many lines of the end; all where nil.
  ///   - write: takes each line, without control characters and without a line feed.
  package func logs(
    of name: String, following: Bool, lines: Int? = nil, write: (String) throws -> Void
  ) async throws {
    let (record, instance) = try instance(name)
    let path = folder(of: instance, in: record).appending(InstanceFiles.console)
    guard access(path.string, R_OK) == 0 else {
      throw Diagnostic(.failed, "the instance '\(instance.name)' has no log: it never started")
    }
    var reader = LineReader(path)
    if let lines {
      // The end is shown from one reading; following goes on behind it.
      var kept: [[UInt8]] = []
      while case let more = reader.next(), !more.isEmpty { kept = Array((kept + more).suffix(max(0, lines))) }
      for line in kept { try write(Tail.plain(line)) }
    }
    while true {
      let alive = instance.process?.isAlive ?? false
      while case let more = reader.next(), !more.isEmpty {
        for line in more { try write(Tail.plain(line)) }
      }
      guard following, alive else { return }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
