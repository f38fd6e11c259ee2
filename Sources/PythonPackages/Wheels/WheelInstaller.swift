package import Essentials
import Synchronization
package import SystemPackage

/// Installs wheels into a virtual environment of a root tree, as pip would.
///
/// The tree equals pip's but for INSTALLER, which says `hardtack`, and the compiled `.pyc` files, which are the
/// caller's to make. Several wheels may be installed at once. Source: the PyPA specification "Binary distribution
/// format", and pip's behaviour where that leaves something open.
package final class WheelInstaller: Sendable {
  /// Where the environment will be when the root tree is the system: `/opt/venv`.
  package let environment: FilePath
  /// The target's Python, as in `3.11`.
  package let series: String
  private let root: FilePath
  private let claims = Mutex<[String: Claim]>([:])

  struct Claim: Equatable {
    var wheel: String
    var digest: String
    var isExecutable: Bool
  }

  /// - Parameters:
  ///   - root: the folder that stands for `/`; it must exist.
  ///   - environment: the environment's absolute path in it.
  ///   - series: the target's Python, as in `3.11`.
  package init(root: FilePath, environment: FilePath, series: String) {
    self.root = root
    self.environment = environment.lexicallyNormalized()
    self.series = series
  }

  private var interpreter: String { environment.appending("bin/python3").string }
  /// The environment relative to the root, without a slash at either end.
  private var prefix: String { environment.removingRoot().string }
  private var library: String { "lib/python\(series)/site-packages" }

  /// Installs `wheel`.
  /// - Parameter isRequested: whether a person asked for it, rather than another wheel.
  /// - Throws: where a file isn't what RECORD says, or another wheel has written a different one to the same path.
  package func install(_ wheel: Wheel, isRequested: Bool) throws(Diagnostic) {
    guard !prefix.isEmpty, environment.isAbsolute else {
      throw Diagnostic(.usage, "the environment's path '\(environment)' isn't absolute")
    }
    let tree = try InstallationTree(root)
    let programs = wheel.entryPoints?.programs(forPython: series) ?? []
    let plan = InstallationPlan(
      wheel: wheel, library: library, series: series, programs: Set(programs.map(\.name)))
    let recorded = Dictionary(wheel.record.rows.map { ($0.path, $0.digest) }) { first, _ in first }
    var rows: [String: WheelRecord.Row] = [:]

    try wheel.forEachFile { (file, read) throws(Diagnostic) in
      switch try plan.destination(of: file.path) {
      case .skipped:
        try read { _ throws(Diagnostic) in }
      case .script(let path):
        var content: [UInt8] = []
        try read { (block) throws(Diagnostic) in
          guard content.count + block.count <= 64 << 20 else {
            throw Diagnostic(
              .verificationFailed, "the script '\(file.path)' in \(wheel.filename.text) is too long")
          }
          content.append(contentsOf: block)
        }
        let rewritten = Shebang.rewritten(content, interpreter: interpreter)
        let bytes = rewritten ?? content
        let digest = WheelRecord.text(of: Digest(of: bytes))
        if rewritten != nil { rows[file.path] = row(path, digest: digest, size: bytes.count) }
        if try claim(path, wheel, digest: digest, isExecutable: file.isExecutable) {
          try tree.write(bytes, to: "\(prefix)/\(path)", isExecutable: file.isExecutable)
        }
      case .file(let path):
        guard try claim(path, wheel, digest: recorded[file.path] ?? "", isExecutable: file.isExecutable)
        else {
          return try read { _ throws(Diagnostic) in }
        }
        let shown = root.appending("\(prefix)/\(path)")
        try tree.create("\(prefix)/\(path)", isExecutable: file.isExecutable) { (output) throws(Diagnostic) in
          try read { (block) throws(Diagnostic) in
            _ = try attempt("write", shown) { try output.writeAll(block) }
          }
        }
      }
    }
    try finish(wheel, plan: plan, tree: tree, changed: rows, programs: programs, isRequested: isRequested)
  }

  /// Writes what pip generates: programs, INSTALLER, REQUESTED and RECORD.
  private func finish(
    _ wheel: Wheel, plan: InstallationPlan, tree: InstallationTree, changed: [String: WheelRecord.Row],
    programs: [EntryPoints.Program], isRequested: Bool
  ) throws(Diagnostic) {
    var rows: [WheelRecord.Row] = []
    for row in wheel.record.rows {
      if let changed = changed[row.path] {
        rows.append(changed)
        continue
      }
      var row = row
      switch try plan.destination(of: row.path) {
      case .file(let path), .script(let path): row.path = relative(path)
      case .skipped: break
      }
      rows.append(row)
    }
    let info = "\(library)/\(wheel.infoFolder)"
    var generated: [(path: String, bytes: [UInt8], isExecutable: Bool)] = programs.map { program in
      ("bin/\(program.name)", Array(program.script(interpreter: interpreter).utf8), true)
    }
    generated.append(("\(info)/INSTALLER", Array("hardtack\n".utf8), false))
    if isRequested { generated.append(("\(info)/REQUESTED", [], false)) }
    for file in generated {
      let digest = WheelRecord.text(of: Digest(of: file.bytes))
      rows.removeAll { $0.path == relative(file.path) }
      rows.append(row(file.path, digest: digest, size: file.bytes.count))
      if try claim(file.path, wheel, digest: digest, isExecutable: file.isExecutable) {
        try tree.write(file.bytes, to: "\(prefix)/\(file.path)", isExecutable: file.isExecutable)
      }
    }
    try tree.write(Array(WheelRecord(rows: rows).text.utf8), to: "\(prefix)/\(info)/RECORD")
  }

  private func row(_ path: String, digest: String, size: Int) -> WheelRecord.Row {
    WheelRecord.Row(path: relative(path), digest: digest, size: "\(size)")
  }

  /// A path under the environment as RECORD has it: relative to the library.
  private func relative(_ path: String) -> String {
    if path.hasPrefix(library + "/") { return String(path.dropFirst(library.utf8.count + 1)) }
    let above = library.split(separator: "/")
    let parts = path.split(separator: "/")
    var common = 0
    while common < above.count, common < parts.count - 1, above[common] == parts[common] { common += 1 }
    return String(repeating: "../", count: above.count - common) + parts[common...].joined(separator: "/")
  }

  /// Takes `path` for `wheel`; false where another wheel has written the very same.
  private func claim(
    _ path: String, _ wheel: Wheel, digest: String, isExecutable: Bool
  ) throws(Diagnostic) -> Bool {
    let claim = Claim(wheel: wheel.filename.text, digest: digest, isExecutable: isExecutable)
    let earlier = claims.withLock { claims -> Claim? in
      let earlier = claims[path]
      if earlier == nil { claims[path] = claim }
      return earlier
    }
    guard let earlier else { return true }
    guard earlier.digest == digest, earlier.isExecutable == isExecutable else {
      throw Diagnostic(
        .failed,
        "\(earlier.wheel) and \(claim.wheel) both install \(environment.appending(path)), with different content",
        hints: ["leave one of the two out of the requirements"])
    }
    return false
  }
}
