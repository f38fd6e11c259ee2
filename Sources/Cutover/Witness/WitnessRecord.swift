/// What became of one request of a witness.
package struct WitnessRecord: Sendable, Hashable {
  package enum Outcome: Sendable, Hashable {
    case answered(Int)
    case failed(WitnessFailure)
  }

  package var number: Int
  /// When it was to be sent, in microseconds since 1970.
  package var due: Int64
  package var method: WitnessPlan.Request.Method
  /// Whether by a connection that is kept alive.
  package var kept: Bool
  /// From when it was due until its answer was there or it had failed, in microseconds.
  package var latency: Int64
  package var outcome: Outcome
  /// The value of the header that the plan names; empty where there was none.
  package var answerer: String
  /// How much later than due the witness itself got to it, in microseconds; that's part of the latency.
  package var lag: Int64

  package init(
    number: Int, due: Int64, method: WitnessPlan.Request.Method, kept: Bool, latency: Int64, outcome: Outcome,
    answerer: String, lag: Int64
  ) {
    self.number = number
    self.due = due
    self.method = method
    self.kept = kept
    self.latency = latency
    self.outcome = outcome
    self.answerer = answerer
    self.lag = lag
  }

  package var end: Int64 { due + latency }

  /// Whether it was answered as it should be: with a status of 200 to 399.
  package var isSuccess: Bool {
    if case .answered(let status) = outcome { return (200..<400).contains(status) }
    return false
  }
}

/// Why there was no answer. None is tried again.
package enum WitnessFailure: String, Sendable, Hashable, CaseIterable, Codable {
  /// Nobody listened.
  case refused
  /// No connection for another reason.
  case unreachable
  /// The connection was closed before any answer.
  case closed
  /// The same, by a reset.
  case reset
  /// The connection ended within the answer.
  case cut
  /// What came is no HTTP.
  case garbled
  case timeout
  /// The witness could open no more connections.
  case descriptors
  /// The witness was ended first; it isn't known whether an answer would have come.
  case unanswered
}

extension WitnessRecord {
  /// One line of the file: seven words, a `-` for an empty one.
  var line: String {
    let kind = (method == .get ? "g" : "p") + (kept ? "k" : "f")
    let result =
      switch outcome {
      case .answered(let status): "\(status)"
      case .failed(let failure): failure.rawValue
      }
    return "\(number) \(due) \(kind) \(latency) \(result) \(answerer.isEmpty ? "-" : answerer) \(lag)\n"
  }

  /// The record that a line, without its line feed, says; nil where it's torn.
  init?(line: Substring.UTF8View.SubSequence) {
    let words = line.split(separator: UInt8(ascii: " "))
    guard words.count == 7, let number = Int(Substring(words[0])), let due = Int64(Substring(words[1])),
      let latency = Int64(Substring(words[3])), let lag = Int64(Substring(words[6])), number >= 0,
      (0...(1 << 60)).contains(due), (0...(1 << 60)).contains(latency), lag >= 0
    else { return nil }
    switch Substring(words[2]) {
    case "gk": (method, kept) = (.get, true)
    case "gf": (method, kept) = (.get, false)
    case "pk": (method, kept) = (.post, true)
    case "pf": (method, kept) = (.post, false)
    default: return nil
    }
    let result = Substring(words[4])
    if let status = Int(result) {
      guard (100...999).contains(status) else { return nil }
      outcome = .answered(status)
    } else {
      guard let failure = WitnessFailure(rawValue: String(result)) else { return nil }
      outcome = .failed(failure)
    }
    let answerer = String(Substring(words[5]))
    self.answerer = answerer == "-" ? "" : answerer
    self.number = number
    self.due = due
    self.latency = latency
    self.lag = lag
  }
}
