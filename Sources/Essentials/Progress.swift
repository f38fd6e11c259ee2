import Glibc
import Synchronization

/// Tells the person at the terminal, or the log, how the work goes: on standard error, never on
/// standard output.
///
/// One stage at a time is shown. On a terminal it's one line, redrawn ten times a second at most;
/// elsewhere a stage says when it begins, every ten seconds how far it is, and how it ended.
package final class Progress: Sendable {
  /// How much is said.
  package enum Style: Sendable, Equatable {
    case terminal(color: Bool)
    case plain
    case quiet
  }

  private struct State {
    var stage: Stage.State?
    var lastDrawn: ContinuousClock.Instant
    var lineIsOpen = false
    var times: [StageTime] = []
  }

  /// How long a stage took.
  package struct StageTime: Sendable {
    package let title: String
    package let time: Duration
  }

  /// The stages that have ended, in the order of their ends. Some go on while others do.
  package var times: [StageTime] { state.withLock(\.times) }

  package let style: Style
  private let write: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - style: how much is said.
  ///   - write: takes each piece of text; standard error where nil.
  package init(style: Style, write: (@Sendable (String) -> Void)? = nil) {
    self.style = style
    self.write =
      write ?? { text in
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
          let count = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
          guard count > 0 else { return }
          bytes = bytes.dropFirst(count)
        }
      }
    state = Mutex(State(lastDrawn: .now))
  }

  /// The style that suits standard error: a terminal's unless `TERM` is `dumb`, without colour where
  /// `NO_COLOR` is set.
  package static func suitable(quiet: Bool, environment: (String) -> String?) -> Style {
    if quiet { return .quiet }
    guard isatty(2) == 1, environment("TERM") != "dumb", environment("CI") == nil else { return .plain }
    return .terminal(color: (environment("NO_COLOR") ?? "").isEmpty)
  }

  /// Says one line of its own, above whatever stage is shown.
  package func say(_ line: String) {
    guard style != .quiet else { return }
    state.withLock { state in
      clear(&state)
      write(line + "\n")
      draw(&state, force: true)
    }
  }

  /// Begins a stage: from here on it's the one that is shown.
  /// - Parameters:
  ///   - title: what is done, as in `fetching`.
  ///   - bytes: how many bytes there are to do, where that is known.
  ///   - items: how many items there are to do, where that is known.
  package func stage(_ title: String, bytes: Int64? = nil, items: Int? = nil) -> Stage {
    let stage = Stage(progress: self, title: title)
    state.withLock { state in
      clear(&state)
      state.stage = Stage.State(
        identity: ObjectIdentifier(stage), title: title, totalBytes: bytes, totalItems: items)
      if style == .plain { write(title + "\n") }
      state.lastDrawn = .now
      draw(&state, force: true)
    }
    return stage
  }

  fileprivate func update(_ stage: Stage, _ change: (inout Stage.State) -> Void) {
    state.withLock { state in
      guard state.stage?.identity == ObjectIdentifier(stage), var shown = state.stage else { return }
      change(&shown)
      state.stage = shown
      draw(&state, force: false)
    }
  }

  fileprivate func end(_ stage: Stage, _ summary: String?) {
    state.withLock { state in
      state.times.append(StageTime(title: stage.title, time: ContinuousClock.now - stage.began))
      if state.stage?.identity == ObjectIdentifier(stage) {
        clear(&state)
        state.stage = nil
      }
      if let summary, style != .quiet { write(summary + "\n") }
    }
  }

  private func clear(_ state: inout State) {
    guard state.lineIsOpen else { return }
    write("\r\u{1B}[K")
    state.lineIsOpen = false
  }

  private func draw(_ state: inout State, force: Bool) {
    guard let stage = state.stage else { return }
    let elapsed = ContinuousClock.now - state.lastDrawn
    switch style {
    case .quiet: return
    case .plain:
      guard elapsed >= .seconds(10) else { return }
      write("  " + stage.line(width: 200) + "\n")
    case .terminal(let color):
      guard force || elapsed >= .milliseconds(100) else { return }
      let line = stage.line(width: Self.columns - 1)
      write("\r\u{1B}[K" + (color ? "\u{1B}[36m\(line)\u{1B}[0m" : line))
      state.lineIsOpen = true
    }
    state.lastDrawn = .now
  }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }
}

extension Progress {
  /// A part of the work with a beginning and an end.
  package final class Stage: Sendable {
    struct State {
      let identity: ObjectIdentifier
      let title: String
      var totalBytes: Int64?
      var totalItems: Int?
      var bytes: Int64 = 0
      var items = 0
      var detail = ""
      let began = ContinuousClock.now
    }

    private let progress: Progress
    fileprivate let title: String
    fileprivate let began = ContinuousClock.now

    fileprivate init(progress: Progress, title: String) {
      self.progress = progress
      self.title = title
    }

    /// Counts what was done since the last call.
    package func advance(bytes: Int64 = 0, items: Int = 0) {
      progress.update(self) { state in
        state.bytes += bytes
        state.items += items
      }
    }

    /// Names what is being worked on.
    package func detail(_ text: String) {
      progress.update(self) { $0.detail = text }
    }

    /// Ends the stage.
    /// - Parameter summary: a line that stays, where there is something to say.
    package func finish(_ summary: String? = nil) { progress.end(self, summary) }
  }
}

extension Progress.Stage.State {
  /// The stage in one line of at most `width` columns: title, bar, counts, rate and time left.
  fileprivate func line(width: Int) -> String {
    var parts: [String] = [title]
    if let totalBytes, totalBytes > 0 {
      let share = min(1, Double(bytes) / Double(totalBytes))
      let filled = Int(share * 20)
      parts.append(
        "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled) + "]")
      parts.append("\(ByteCount(bytes)) of \(ByteCount(totalBytes))")
    }
    if let totalItems { parts.append("\(items)/\(totalItems)") }
    let seconds = Double((ContinuousClock.now - began) / .milliseconds(1)) / 1000
    if let totalBytes, bytes > 0, seconds > 0.5 {
      let rate = Double(bytes) / seconds
      parts.append("\(ByteCount(Int64(rate)))/s")
      if bytes < totalBytes {
        parts.append("\(Int((Double(totalBytes - bytes) / rate).rounded(.up))) s left")
      }
    }
    if !detail.isEmpty { parts.append(detail) }
    return String(parts.joined(separator: " ").prefix(max(10, width)))
  }
}
