import Essentials
import Glibc
import SystemPackage

/// How an ordinary user comes to be root, for what a bake needs root for: as root of a user namespace, in which the
/// user's subordinate ids stand for the image's users and groups.
///
/// Source: user_namespaces(7), subuid(5), unshare(1).
package enum UserNamespace {
  /// How many ids an image takes, from 0 on: Debian's own end with `nobody`, 65534.
  static let needed: UInt64 = 65535

  private static let arguments = ["--user", "--map-auto", "--map-root-user"]

  /// Goes on as root. Returns at once where this process is root already. Otherwise the program begins anew, with
  /// the same arguments and the same process id, as root of a user namespace; so call this before anything is done.
  /// - Throws: where this user can't have such a namespace, with what an administrator has to do about it.
  package static func enter() async throws {
    guard geteuid() != 0 else { return }
    try await check()
    let program = try attempt("find the program", "/proc/self/exe") {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink("/proc/self/exe", &buffer, buffer.count)
      guard count > 0 else { throw Errno.current }
      return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    let words = ["unshare"] + arguments + ["--", program] + CommandLine.arguments.dropFirst()
    throw execute(words)
  }

  /// Replaces this process, and returns only where that fails.
  private static func execute(_ words: [String]) -> Diagnostic {
    // Ignored and blocked signals outlive the exec, and the thread that this runs on blocks most of them.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_DFL) }
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    fflush(nil)
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    execvp("unshare", &pointers)
    return Diagnostic(.failed, "cannot run 'unshare': \(Errno.current.text)")
  }

  /// Makes such a namespace for a moment, and looks whether it holds all ids.
  private static func check() async throws {
    let probe = Command(
      "unshare", arguments + ["--mount", "--", "cat", "/proc/self/uid_map", "/proc/self/gid_map"])
    let result = try await probe.run()
    let maps = result.outputText.split(separator: "\n").map(IDRange.inner)
    // Each map has as many lines as the other, or the second is wanting: both begin with 0.
    let starts = maps.indices.filter { maps[$0]?.start == 0 }
    guard result.status == 0, starts.count == 2, IDRange.covers(needed, maps[..<starts[1]]),
      IDRange.covers(needed, maps[starts[1]...])
    else { throw NamespaceRefusal().diagnostic(said: result.errorText) }
  }
}

/// A run of consecutive user or group ids.
struct IDRange: Equatable {
  var start: UInt64
  var count: UInt64

  /// The first id behind it.
  var end: UInt64 { start + count }

  /// As usermod takes it: `FIRST-LAST`.
  var text: String { "\(start)-\(end - 1)" }

  /// The ids inside the namespace that a line of `uid_map` is about: `INNER OUTER COUNT`.
  static func inner(_ line: Substring) -> IDRange? {
    let numbers = line.split(separator: " ").compactMap { UInt32($0) }
    return numbers.count == 3 ? IDRange(start: UInt64(numbers[0]), count: UInt64(numbers[2])) : nil
  }

  /// A line of `/etc/subuid`: `NAME-OR-ID:START:COUNT`.
  static func subordinate(_ line: Substring) -> (owner: Substring, range: IDRange)? {
    let fields = line.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count == 3, let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0 else {
      return nil
    }
    return (fields[0], IDRange(start: UInt64(start), count: UInt64(count)))
  }

  /// Whether `ranges` hold every id from 0 to below `limit`.
  static func covers(_ limit: UInt64, _ ranges: ArraySlice<IDRange?>) -> Bool {
    var reached: UInt64 = 0
    for range in ranges.compactMap({ $0 }).sorted(by: { $0.start < $1.start }) where range.start <= reached {
      reached = max(reached, range.end)
    }
    return reached >= limit
  }

  /// The lowest run of `count` ids from 100000 on, where Debian's begin, that overlaps none of `taken`; nil where
  /// there is none left.
  static func free(_ count: UInt64, besides taken: [IDRange]) -> IDRange? {
    var free = IDRange(start: 100_000, count: count)
    for range in taken.sorted(by: { $0.start < $1.start }) where range.start < free.end {
      free.start = max(free.start, range.end)
    }
    return free.end <= UInt64(UInt32.max) ? free : nil
  }
}
