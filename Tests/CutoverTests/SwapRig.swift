import Cutover
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A rehearsal's site, worked on by the built program; all that runs on it ends with the last reference, or with this process.
final class SwapRig: Sendable {
  let site: RehearsalSite
  private let aftermath: Aftermath

  /// Whether tests of swaps do all that they can, and not a sample: `Benchmarks/swap.sh` wants it.
  static let isWhole = getenv("HARDTACK_SWAPS") != nil

  static let program = [BuiltProgram.path("hardtack").string, "swap", "rehearsal-worker"]

  init() throws {
    let folder = try TemporaryFolder()
    chmod(folder.path.string, 0o711)
    site = try RehearsalSite(in: folder.appending("site"))
    aftermath = try Aftermath(
      """
      for process in /proc/[0-9]*; do
        pid=${process#/proc/}
        [ "$pid" = $$ ] && continue
        case $(tr '\\0' ' ' <"$process/cmdline") in *"$1/site"*) kill -9 "$pid" ;; esac
      done
      umount -l "$1/site/store" "$1/site/state"
      """, in: folder)
  }

  /// A rig on which `v1` is live.
  static func begun() async throws -> SwapRig {
    let rig = try SwapRig()
    var order = RehearsalOrder(.run)
    order.release = "v1"
    let outcome = try await rig.work(order)
    try #require(outcome.status == 0, "\(outcome.output)")
    return rig
  }

  /// - Parameter launcher: what starts the program, as `env` does.
  func work(_ order: RehearsalOrder, by launcher: [String] = []) async throws -> RehearsalSite.Outcome {
    try await site.work(order, launcher + Self.program)
  }

  func rehearsal(rate: Double) -> SwapRehearsal {
    SwapRehearsal(site, program: Self.program, rate: rate, progress: Progress(style: .quiet))
  }
}
