import Essentials
import Glibc
import Images
import Storage
import SystemPackage

/// The configuration: the recipe's files, what the guest needs to report to its host, and which units are enabled.
struct ConfigurationStep: LayerStep {
  struct File: Sendable {
    let source: SourceTree
    /// Absolute, in the image.
    let destination: String
    /// Permission bits; nil keeps 0755 for what may be executed and 0644 for the rest.
    let mode: UInt32?
    let owner: String
    let group: String
  }

  let below: [Layer]
  let files: [File]
  let guest: [GuestFile]
  let enabled: [String]
  let disabled: [String]
  /// Units that must be there, though nothing starts them with the machine.
  let ordered: [String]

  var name: String { "configuration" }

  var key: ActionKey {
    var inputs: [String: Digest] = [:]
    for layer in below { inputs["below " + layer.name] = layer.digest }
    for (index, file) in files.enumerated() { inputs["file \(index)"] = file.source.digest }
    let places = files.map {
      "\($0.destination) \($0.mode.map { String($0, radix: 8) } ?? "-") \($0.owner):\($0.group)"
    }
    let guestFiles = guest.map { file in
      switch file.content {
      case .text(let text, let mode): "\(file.path) \(String(mode, radix: 8)) \(Digest(of: text))"
      case .link(let target): "\(file.path) -> \(target)"
      }
    }
    return ActionKey(
      "configuration layer", version: BakeContext.version, inputs: inputs,
      parameters: [
        "files": places.joined(separator: "\n"), "guest": guestFiles.joined(separator: "\n"),
        "enabled": enabled.joined(separator: "\n"), "disabled": disabled.joined(separator: "\n"),
      ])
  }

  func makeTree(_ context: BakeContext) async throws -> FilePath {
    let upper = try context.workspace.makeFolder("configuration")
    let sandbox = try context.sandbox(over: below, writingTo: upper)
    let stage = context.progress.stage("configuring the image")
    let tree = UpperTree(upper: upper, lowers: sandbox.lowers)
    for file in guest {
      let place = try tree.place(file.path)
      switch file.content {
      case .text(let text, let mode): try UpperTree.write(Array(text.utf8), to: place, mode: mode_t(mode))
      case .link(let target): try FolderTree.link(place, to: target)
      }
    }
    for file in files { try file.source.copy(to: file.destination, in: tree, mode: file.mode) }
    try await finish(sandbox)
    stage.finish()
    return upper
  }

  /// Makes the users that files of sysusers.d declare, gives files to their owners and sets units.
  private func finish(_ sandbox: Sandbox) async throws {
    var lines = ["set -e"]
    if (files.map(\.destination) + guest.map(\.path)).contains(where: { $0.contains("/sysusers.d/") }) {
      lines.append("systemd-sysusers")
      lines.append("rm -f /etc/.pwd.lock /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow-")
    }
    for file in files where file.owner != "root" || file.group != "root" {
      let owner = ShellWord.quote("\(file.owner):\(file.group)")
      lines.append("chown -hR \(owner) \(ShellWord.quote(file.destination))")
    }
    func units(_ verb: String, _ names: [String]) {
      if !names.isEmpty {
        lines.append("systemctl --quiet \(verb) \(names.map(ShellWord.quote).joined(separator: " "))")
      }
    }
    units("disable", disabled)
    units("enable", enabled)
    if !ordered.isEmpty {
      lines.append(
        """
        for unit in \(ordered.map(ShellWord.quote).joined(separator: " ")); do
          for folder in /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system; do
            [ ! -e "$folder/$unit" ] || continue 2
          done
          echo "there is no unit '$unit'"
          exit 1
        done
        """)
    }
    let result = try await sandbox.run(lines.joined(separator: "\n"))
    guard result.status == 0 else {
      throw Diagnostic(
        .failed, "configuring the image failed", notes: Command.tail(result.outputText),
        hints: ["check the recipe's 'services' and 'swap', and the owners of its 'files'"])
    }
  }
}

/// Words for a POSIX shell.
enum ShellWord {
  /// `text` as one word, whatever it holds.
  static func quote(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
