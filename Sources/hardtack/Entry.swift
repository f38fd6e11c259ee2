import ArgumentParser
import Essentials
import Glibc

/// Where the program begins: parses, runs, and turns whatever comes out into an exit code.
@main
struct Entry {
  static func main() async {
    // Writing to a pipe that nobody reads any more is an error of that write, not the program's end.
    signal(SIGPIPE, SIG_IGN)
    setvbuf(stdout, nil, _IOLBF, 0)
    let command: any ParsableCommand
    do {
      command = try Hardtack.parseAsRoot()
    } catch {
      Hardtack.exit(withError: error)
    }
    let work = Task { () -> Int32 in
      do {
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          var synchronous = command
          try synchronous.run()
        }
        return 0
      } catch {
        return Report.failure(error)
      }
    }
    let interrupts = Interrupts { work.cancel() }
    let code = await work.value
    fflush(stdout)
    exit(interrupts.happened ? 130 : code)
  }
}
