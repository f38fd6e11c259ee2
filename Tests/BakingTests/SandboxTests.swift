import Baking
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A sandbox over the statically linked busybox of the machine.
private struct BusyboxSandbox {
  let folder: TemporaryFolder
  let sandbox: Sandbox

  init(lower content: (FilePath) throws -> Void = { _ in }) throws {
    folder = try TemporaryFolder()
    let tree = folder.path.appending("tree")
    for name in ["tree", "tree/bin", "upper", "scratch"] {
      try DurableFile.createFolder(folder.path.appending(name))
    }
    try DurableFile.write(
      try DurableFile.read("/bin/busybox"), to: tree.appending("bin/busybox"),
      mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    #expect(symlink("busybox", tree.appending("bin/sh").string) == 0)
    try content(tree)
    sandbox = Sandbox(
      lowers: [tree], upper: folder.path.appending("upper"), scratch: folder.path.appending("scratch"),
      epoch: 1_700_000_000)
  }

  /// What busybox's shell says to `script`; its applets need no links.
  func run(_ script: String, input: [UInt8] = []) async throws -> Sandbox.Result {
    try await sandbox.run(script, environment: ["B": "/bin/busybox"], input: input)
  }
}

@Suite struct SandboxTests {
  @Test func `gives back what a script wrote, and its exit code`() async throws {
    let result = try await BusyboxSandbox().run("echo to-output; echo to-error >&2; exit 3")
    #expect(result.status == 3)
    #expect(result.outputText == "to-output\nto-error\n")
  }

  @Test func `tells which signal ended a command`() async throws {
    let result = try await BusyboxSandbox().run("$B sh -c 'kill -9 $$' || exit $?")
    #expect(result.status == 137)
  }

  @Test func `hands a script its input`() async throws {
    let input = [UInt8](repeating: 0x61, count: 1 << 20)
    let result = try await BusyboxSandbox().run("$B wc -c", input: input)
    #expect(result.outputText == "1048576\n")
  }

  @Test func `puts what a script writes into the upper folder, and nothing into the tree`() async throws {
    let place = try BusyboxSandbox { try DurableFile.write(Array("old".utf8), to: $0.appending("file")) }
    #expect(try await place.run("echo new > /file; echo more > /added").status == 0)
    #expect(try DurableFile.read(place.folder.path.appending("tree/file")) == Array("old".utf8))
    #expect(try DurableFile.read(place.folder.path.appending("upper/file")) == Array("new\n".utf8))
    #expect(try DurableFile.read(place.folder.path.appending("upper/added")) == Array("more\n".utf8))
  }

  @Test func `has a network of nothing but loopback, and a name and processes of its own`() async throws {
    let result = try await BusyboxSandbox().run(
      """
      $B ifconfig -a | $B grep -c Link; $B ifconfig lo | $B grep -c UP; $B hostname; echo $$
      $B ls /proc | $B grep -c '^[0-9]'; $B wget -q -O - http://192.0.2.1/ || echo unreachable
      """)
    #expect(result.outputText.hasPrefix("1\n1\nlocalhost\n1\n"))
    #expect(result.outputText.hasSuffix("unreachable\n"))
  }

  @Test func `knows the time of the build, and nothing of the baker's environment`() async throws {
    setenv("HARDTACK_TEST_SECRET", "leak", 1)
    defer { unsetenv("HARDTACK_TEST_SECRET") }
    let result = try await BusyboxSandbox().run("$B env; umask; $B pwd")
    #expect(result.outputText.contains("SOURCE_DATE_EPOCH=1700000000\n"))
    #expect(!result.outputText.contains("leak"))
    #expect(result.outputText.hasSuffix("0022\n/\n"))
  }

  /// busybox asks by clock_gettime and time, and is linked statically.
  @Test func `has another date where it's told to, in programs and in those that they start`() async throws {
    let place = try BusyboxSandbox()
    var sandbox = place.sandbox
    sandbox.clockShift = 398 * 86400
    let script = """
      B=/bin/busybox; $B date +%s; $B sh -c "$B date +%s; true"; $B date +%Y
      : > /file; $B stat -c %Y /file; $B sleep 1; $B timeout 5 $B true && echo ended
      """
    let before = Int(time(nil))
    let lines = try await sandbox.run(script).outputText.split(separator: "\n")
    let after = Int(time(nil))
    try #require(lines.count == 5, "\(lines)")
    for line in lines[..<2] {
      let seconds = try #require(Int(line)) - Int(sandbox.clockShift)
      #expect((before...after).contains(seconds), "\(line)")
    }
    // Files are as new as the machine says.
    #expect((before...after).contains(try #require(Int(lines[3]))))
    #expect(lines[4] == "ended")
    #expect(try await place.run("/bin/busybox date +%Y").outputText != "\(lines[2])\n")
  }

  @Test func `mutes the files that it is told to`() async throws {
    let place = try BusyboxSandbox {
      try DurableFile.write(
        Array("#!/bin/sh\nexit 7\n".utf8), to: $0.appending("noisy"), mode: [.ownerReadWriteExecute])
    }
    #expect(try await place.run("/noisy").status == 7)
    var muted = place.sandbox
    muted.muted = ["noisy", "missing"]
    #expect(try await muted.run("/noisy").status == 0)
  }

  @Test func `says what could not be set up`() async throws {
    var sandbox = try BusyboxSandbox().sandbox
    sandbox.lowers.append("/nonexistent/tree")
    await #expect {
      _ = try await sandbox.run("true")
    } throws: { error in
      (error as? Diagnostic)?.message
        == "cannot set up the sandbox: the overlay cannot be mounted: no such file or directory"
    }
  }

  @Test func `is gone, with all that runs in it, once its task is cancelled`() async throws {
    let place = try BusyboxSandbox()
    let sandbox = place.sandbox
    let task = Task {
      try await sandbox.run(
        "(/bin/busybox sleep 1000 & exec /bin/busybox sleep 1000) & echo > /started; wait")
    }
    let started = place.folder.path.appending("upper/started").string
    while access(started, F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    // A mount namespace lives as long as a process does: the overlay would keep its work folder busy.
    #expect(try await place.run("echo again").outputText == "again\n")
  }

  /// The names as `find` meets them, of a folder that got them in the order given, on the file system given.
  private static func listing(_ names: [String], on fileSystem: String?) async throws -> [String] {
    let place = try BusyboxSandbox { tree in
      let folder = tree.appending("many")
      try DurableFile.createFolder(folder)
      if let fileSystem {
        #expect(mount(fileSystem, folder.string, fileSystem, 0, nil) == 0)
      }
      for name in names { close(open(folder.appending(name).string, O_WRONLY | O_CREAT, 0o644)) }
    }
    defer { if fileSystem != nil { umount2(place.folder.path.appending("tree/many").string, 0) } }
    var sandbox = place.sandbox
    if fileSystem != nil {
      // An overlay doesn't look into what is mounted below it, so the folder is the tree's root.
      sandbox.lowers.append(place.folder.path.appending("tree/many"))
    }
    let result = try await sandbox.run(
      "cd \(fileSystem == nil ? "/many" : "/"); exec /bin/busybox find . -maxdepth 1 -name 'name-*'")
    #expect(result.status == 0)
    return result.outputText.split(separator: "\n").map { String($0.dropFirst(2)) }
  }

  @Test func `lists a folder in the same order whatever made it and wherever it lies`() async throws {
    var random = SplitMix(11)
    let names = (0..<4000).map { "name-\($0)" }
    let first = try await Self.listing(names, on: nil)
    #expect(Set(first) == Set(names))
    #expect(first.count == names.count)
    #expect(try await Self.listing(names.shuffled(using: &random), on: nil) == first)
    #expect(try await Self.listing(names.shuffled(using: &random), on: "tmpfs") == first)
  }

  @Test(arguments: [1, 100, 5000])
  func `lets a folder be emptied while it is read`(count: Int) async throws {
    // busybox's rm removes each entry as it reads it.
    let result = try await BusyboxSandbox().run(
      """
      mkdir /work; i=0; while [ $i -lt \(count) ]; do : > /work/a-rather-long-name-of-a-file-$i; i=$((i + 1)); done
      $B ls /work | $B wc -l; $B rm -r /work; $B ls -d /work 2>/dev/null || echo gone
      """.replacing("mkdir", with: "$B mkdir"))
    #expect(result.outputText == "\(count)\ngone\n")
  }
}
