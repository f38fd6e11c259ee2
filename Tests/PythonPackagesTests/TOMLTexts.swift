/// Texts that are TOML 1.0, and texts that are nearly.
enum TOMLTexts {
  static let valid = [
    "", "# only a comment", "a = 1 # one\r\nb = 2\r\n", "\"\" = 1", "'' = 1", "a.b.c = 1\na.b.d = 2\na.e = 3",
    "a . b = 1", "\"a.b\".'c d' = 1", "1.2 = 3", "-_- = 1", "a = \"\"\"\nx\r\ny\"\"\"", "a = '''\nx'y'''''",
    "a = \"\"\"x\\\n   \n  y\"\"\"", "a = \"\"\"\"x\"\"\"\"\"",
    "a = \"\\u00e9\\U0001F600\\b\\t\\n\\f\\r\\\"\\\\\"",
    "a = 'C:\\x'", "a = +1_000\nb = -0\nc = 0xDEAD_beef\nd = 0o17\ne = 0b1_0",
    "a = 1.5\nb = -2e10\nc = 6.626e-34\nd = +0.0\ne = 1_0.0_1\nf = inf\ng = -inf\nh = nan\ni = +nan",
    "a = true\nb = false", "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.999999-07:00",
    "a = 1979-05-27t07:32:00z\nb = 1979-05-27\nc = 07:32:00\nd = 07:32:00.5\ne = 2000-02-29",
    "a = []\nb = [[1, 2], ['x'],]\nc = [ # one\n 1, # two\n\n 2\n]", "a = {}\nb = {c.d = 1, c.e = {f = []}}",
    "[a]\nb = 1\n[a.c]\nd = 2\n[e.f]\n[e]\ng = 1", "[ a . 'b' ]\nc = 1",
    "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\n[[a.e]]",
    "[a.b.c]\n[a]\nd = 1", "[a.b.c]\nx = 1\n[a]\nb.d = 2", "[a]\nb.c = 1\n[a.b.d]\ne = 2",
    "[fruit]\napple.color = 1\n[fruit.apple.texture]\nsmooth = true", "a = [{b = 1}, {c = 2}]",
    "name = \"caf\u{e9}\"\n\"e\u{301}\" = 1\n\"\u{e9}\" = 2", "a = \"x\ty\"\n# tab\there", "a=1\n\n\n  b=2  ",
  ]

  static let invalid = [
    "a", "a =", "= 1", "a = 1 b = 2", "a = 1\na = 2", "a.b = 1\na.b.c = 2", "a = 1\na.b = 2",
    "a.b = 1\na = 2",
    "[a]\n[a]", "[a]\nb = 1\n[a.b]", "[[a]]\n[a]", "[a]\n[[a]]", "a = []\n[[a]]", "a = [{}]\n[a.b]",
    "a = {b = 1}\na.c = 2", "a = {b = 1}\n[a.c]", "a = {b.c = 1}\n[a.b]", "a = {b = 1,}", "a = {b = 1\n}",
    "a = {b = {c = 1}, b.d = 2}", "a = {b.c = 1, b.c = 2}", "a = [1 2]", "a = [1,,2]", "a = [,]", "a = [1",
    "[a", "[a]]", "[[a]", "[ [a]]", "[]", "[a.]", "[.a]", "[a] b = 1", "a. = 1", ".a = 1", "a..b = 1",
    "a = 01", "a = 1_", "a = _1", "a = 1__0", "a = +0x1", "a = 0X1", "a = 0x", "a = 0x_1", "a = 1.", "a = .1",
    "a = 1.e5", "a = 1e", "a = 1._0", "a = Inf", "a = True", "a = nul", "a = 'x", "a = \"x", "a = \"\\x41\"",
    "a = \"\\u12\"", "a = \"\\ud800\"", "a = \"\\UFFFFFFFF\"", "a = \"\"\"x", "a = '''x''''''",
    "a = \"x\ny\"",
    "a = \"\\ x\"", "\"\"\"a\"\"\" = 1", "a = \"\u{1}\"", "# \u{7f}", "a = 1\r", "a = \"\"\"\r\"\"\"",
    "a = 2001-02-29", "a = 2001-13-01", "a = 0000-01-01", "a = 24:00:00", "a = 12:60:00", "a = 12:00",
    "a = 2001-01-01T", "a = 2001-01-01T12:00", "a = 2001-01-01T12:00:00+24:00", "a = 12:00:00.",
    "a = 1:00:00",
    "\u{FEFF}a = 1", "a\u{e9} = 1", "[a.b.c]\nz = 9\n[a]\nb.c.t = 1",
    "[fruit]\napple.color = 1\n[fruit.apple]",
    "a = 1 # x\u{0}", "[[a.b]]\n[a]\nb.c = 1", "a = \"\"\"\\q\"\"\"",
  ]

  /// A document of a few statements over a few names, so that they often touch the same tables.
  static func random(_ generator: inout SeededGenerator) -> String {
    (0...Int.random(in: 0..<6, using: &generator)).map { _ in
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: "[\(key(&generator))]"
      case 1: "[[\(key(&generator))]]"
      default: "\(key(&generator)) = \(value(&generator))"
      }
    }.joined(separator: generator.pick(["\n", "\n", "\r\n", "\n\n", " # c\n", " "]))
  }

  private static func key(_ generator: inout SeededGenerator) -> String {
    (0...Int.random(in: 0..<3, using: &generator)).map { _ in
      generator.pick(["a", "a", "b", "c", "\"a\"", "'b'"])
    }.joined(separator: generator.pick([".", ".", " . "]))
  }

  private static func value(_ generator: inout SeededGenerator, depth: Int = 0) -> String {
    if depth < 3, generator.chance(30) {
      let isTable = generator.chance(50)
      let parts = (0..<Int.random(in: 0..<3, using: &generator)).map { _ in
        (isTable ? "\(key(&generator)) = " : "") + value(&generator, depth: depth + 1)
      }
      let joined = parts.joined(separator: generator.pick([",", ", ", isTable ? ", " : ",\n# c\n", ",,"]))
      let end = generator.chance(10) ? "," : ""
      return isTable ? "{\(joined)\(end)}" : "[ \(joined)\(end) ]"
    }
    return generator.pick([
      "1", "-0", "+7_0", "0xF_f", "0b2", "1.5", "1e3", "1_.0", "inf", "-nan", "true", "false", "\"x\\n\"",
      "'y'", "\"\"\"\nz\\\n \"\"\"", "'''q''''", "2001-02-03", "2001-02-30", "2001-02-03 04:05:06+07:08",
      "04:05:06.7", "04:05", "\"\\u00E9\"", "\"\\uD800\"", "0o8", "00", "",
    ])
  }
}
