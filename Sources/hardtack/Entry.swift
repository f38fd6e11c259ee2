import ArgumentParser
import Essentials
import Glibc

/// Where the program begins: parses, runs, and turns whatever comes out into an exit code.
@main
struct Entry {
  static func main() async {
    // Writing to a pipe that nobody reads any more is an error of that write, not the program's end.
    signal(SIGPIPE, SIG_IGN)
    let work = Task { () -> (code: Int32, endsByInterrupt: Bool) in
      do {
        var command = try Hardtack.parseAsRoot()
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
        return (0, command is any EndsByInterrupt)
      } catch {
        return (Report.failure(error), false)
      }
    }
    let interrupts = Interrupts { work.cancel() }
    let (code, endsByInterrupt) = await work.value
    // All streams: the C library's own standard output among them.
    fflush(nil)
    exit(interrupts.happened && !endsByInterrupt ? 130 : code)
  }
}
