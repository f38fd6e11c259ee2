/// Random texts in the grammar of PEP 440, and beside it.
extension SeededGenerator {
  mutating func number() -> String {
    pick(["0", "1", "2", "3", "9", "10", "11", "00", "007", "20240101", "4294967296", "18446744073709551615"])
  }

  mutating func smallNumber() -> String { pick(["0", "1", "2", "3", "10"]) }

  /// A version, mostly from a small space so that versions are often near each other.
  mutating func version(local: Bool = true) -> String {
    var text = chance(4) ? "v" : ""
    if chance(8) { text += smallNumber() + "!" }
    text += (0...Int.random(in: 0..<4, using: &self)).map { _ in chance(5) ? number() : smallNumber() }
      .joined(separator: ".")
    let separators = ["", "", "", ".", "-", "_"]
    if chance(35) {
      text += pick(separators) + pick(["a", "b", "rc", "c", "alpha", "beta", "pre", "preview", "RC", "A"])
      text += pick(separators) + (chance(85) ? smallNumber() : "")
    }
    if chance(25) {
      text += chance(20) ? "-" + smallNumber() : pick(separators) + pick(["post", "rev", "r", "Post"])
      text += chance(85) ? pick(separators) + smallNumber() : ""
    }
    if chance(20) { text += pick(separators) + "dev" + (chance(85) ? pick(separators) + smallNumber() : "") }
    if local, chance(25) {
      let parts = (0...Int.random(in: 0..<2, using: &self)).map { _ in
        pick(["1", "01", "2", "abc", "ABC", "cu118", "deadbeef", "123456789012345678901234567890"])
      }
      text += "+" + parts.joined(separator: pick([".", "-", "_"]))
    }
    if chance(3) { text = " " + text + pick(["\n", "\t ", ""]) }
    if chance(5) { text += pick(["x", "!", ".", "-", "+", "..1", "*", " 1"]) }
    return text
  }

  /// A clause, mostly well formed.
  mutating func clause() -> String {
    let operation = pick(["==", "!=", "<=", ">=", "<", ">", "~=", "===", "=="])
    var text = operation + (chance(20) ? " " : "")
    if chance(25) {
      text +=
        (0...Int.random(in: 0..<3, using: &self)).map { _ in smallNumber() }.joined(separator: ".") + ".*"
    } else {
      text += version(local: chance(30))
    }
    return text
  }
}
