import Essentials

/// Puts into words why there is no solution.
///
/// Source: the solver documentation of pub, "Error reporting": the derivation is told from the facts upwards, each
/// conclusion on a line, numbered where a later line needs it again.
struct Explanation {
  private let incompatibilities: [Incompatibility]
  private let words: ExplanationWords
  private var lines: [String] = []
  private var numbers: [Int: Int] = [:]
  private var uses: [Int: Int] = [:]
  private var facts: [Int] = []
  /// Deeper derivations are told from this depth upwards.
  private static let depthLimit = 200
  private static let lineLimit = 40

  init(_ solver: PythonSolver) {
    incompatibilities = solver.core.incompatibilities
    words = ExplanationWords(solver)
  }

  /// The diagnostic with the chain of reasons in its notes.
  func diagnostic(of failure: PubGrub.Failure) -> Diagnostic {
    var copy = self
    copy.count(failure.incompatibility)
    let root = incompatibilities[failure.incompatibility]
    if case .fact(let fact) = root.cause {
      copy.lines.append("Because \(words.text(of: root, fact: fact)), the requirements have no solution.")
    } else {
      copy.tell(failure.incompatibility, isConclusion: true, depth: 0)
    }
    var told = copy.lines
    if told.count > Self.lineLimit {
      told = ["(\(told.count - Self.lineLimit) earlier reasons are left out)"] + told.suffix(Self.lineLimit)
    }
    let known = copy.facts.sorted().map { incompatibilities[$0] }
    return Diagnostic(
      .noSolution, words.headline(known), at: words.location(known), notes: told, hints: words.hints(known))
  }

  /// Counts how often each conclusion is used, and gathers the facts.
  private mutating func count(_ number: Int) {
    var waiting = [number]
    while let current = waiting.popLast() {
      uses[current, default: 0] += 1
      guard uses[current] == 1 else { continue }
      switch incompatibilities[current].cause {
      case .derived(let a, let b): waiting += [a, b]
      case .fact: facts.append(current)
      }
    }
  }

  private func isDerived(_ number: Int) -> Bool {
    if case .derived = incompatibilities[number].cause { true } else { false }
  }

  private func text(_ number: Int) -> String {
    let incompatibility = incompatibilities[number]
    switch incompatibility.cause {
    case .fact(let fact): return words.text(of: incompatibility, fact: fact)
    case .derived: return words.text(of: incompatibility)
    }
  }

  private func reference(_ number: Int) -> String {
    text(number) + (numbers[number].map { " (\($0))" } ?? "")
  }

  /// Writes the line that concludes `number`.
  private mutating func conclude(_ beginning: String, _ number: Int, isConclusion: Bool) {
    var line = beginning + ", " + (isConclusion ? "the requirements have no solution" : text(number))
    if !isConclusion, uses[number, default: 0] > 1 {
      numbers[number] = numbers.count + 1
      line += " (\(numbers.count))"
    }
    lines.append(line + ".")
  }

  private mutating func tell(_ number: Int, isConclusion: Bool = false, depth: Int) {
    guard numbers[number] == nil, case .derived(let first, let second) = incompatibilities[number].cause
    else {
      return
    }
    guard depth < Self.depthLimit else { return }
    switch (isDerived(first), isDerived(second)) {
    case (false, false):
      conclude("Because \(text(first)) and \(text(second))", number, isConclusion: isConclusion)
    case (true, true):
      tellBoth(first, second, of: number, isConclusion: isConclusion, depth: depth)
    case (true, false), (false, true):
      let (derived, fact) = isDerived(first) ? (first, second) : (second, first)
      if numbers[derived] != nil {
        conclude("Because \(text(fact)) and \(reference(derived))", number, isConclusion: isConclusion)
      } else {
        tell(derived, depth: depth + 1)
        conclude("And because \(text(fact))", number, isConclusion: isConclusion)
      }
    }
  }

  private mutating func tellBoth(_ first: Int, _ second: Int, of number: Int, isConclusion: Bool, depth: Int)
  {
    if numbers[first] == nil {
      tell(first, depth: depth + 1)
      if numbers[second] != nil {
        conclude("And because \(reference(second))", number, isConclusion: isConclusion)
        return
      }
      // The first conclusion is needed again behind the second's, so it gets a number.
      if numbers[first] == nil, let last = lines.indices.last {
        numbers[first] = numbers.count + 1
        lines[last] = lines[last].dropLast() + " (\(numbers.count))."
      }
    }
    if numbers[second] == nil {
      tell(second, depth: depth + 1)
      conclude("And because \(reference(first))", number, isConclusion: isConclusion)
    } else {
      conclude("Because \(reference(first)) and \(reference(second))", number, isConclusion: isConclusion)
    }
  }
}
