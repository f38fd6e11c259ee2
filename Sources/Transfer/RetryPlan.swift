import Essentials

/// Which of several sources to try next, and when: a value that the one who tries asks.
///
/// Sources are tried in turn without a pause. A source that served something wrong is out for good; after a
/// failure that may pass, all that are left get another round, behind a pause that doubles from round to round and
/// is drawn from nothing up to that ("full jitter", so that many clients don't come back at once).
struct RetryPlan {
  enum Verdict {
    /// The next attempt may go better.
    /// - Parameters:
    ///   - notBefore: how long the source wants to be left alone.
    ///   - progressed: whether so much came that the rounds begin anew.
    case transient(Diagnostic, notBefore: Duration? = nil, progressed: Bool = false)
    /// The source has nothing right to offer.
    case wrong(Diagnostic)
    /// What was wrong came from elsewhere: the same source, at once, from the beginning.
    case again(Diagnostic)
  }

  enum Step {
    case attempt(source: Int, after: Duration)
    case giveUp(Diagnostic)
  }

  private let sources: Int
  private let rounds: Int
  private let backoff: Duration
  private let maximumPause: Duration
  private var current = 0
  private var round = 0
  private var out: Set<Int> = []
  private var restarted = false
  private var wanted: Duration = .zero
  private var failures: [Int: Diagnostic] = [:]

  init(sources: Int, _ configuration: Downloader.Configuration) {
    self.sources = sources
    rounds = configuration.rounds
    backoff = configuration.backoff
    maximumPause = configuration.maximumPause
  }

  /// What to do after an attempt at the current source.
  /// - Parameter random: from 0 to 1.
  mutating func next(after verdict: Verdict, random: Double) -> Step {
    switch verdict {
    case .again where !restarted:
      restarted = true
      return .attempt(source: current, after: .zero)
    case .transient(let diagnostic, let notBefore, let progressed):
      failures[current] = diagnostic
      if progressed { round = 0 }
      wanted = max(wanted, notBefore ?? .zero)
    case .wrong(let diagnostic), .again(let diagnostic):
      failures[current] = diagnostic
      out.insert(current)
    }
    if let later = (current..<sources).dropFirst().first(where: { !out.contains($0) }) {
      current = later
      return .attempt(source: later, after: .zero)
    }
    round += 1
    guard round < rounds, let first = (0..<sources).first(where: { !out.contains($0) }) else {
      return .giveUp(summary)
    }
    current = first
    let longest = backoff * (1 << min(round - 1, 16))
    let pause = min(maximumPause, max(longest * min(1, max(0, random)), wanted))
    wanted = .zero
    return .attempt(source: first, after: pause)
  }

  /// The failure that matters most, what befell the other sources as notes.
  private var summary: Diagnostic {
    let all = failures.sorted { $0.key < $1.key }
    guard var worst = all.first(where: { $0.value.category == .verificationFailed }) ?? all.last else {
      return Diagnostic(.failed, "there is no source to fetch from")
    }
    worst.value.notes += all.filter { $0.key != worst.key }.map { "  also: " + $0.value.message }
    return worst.value
  }
}
