extension RecipeFaultTests {
  static let types: [Case] = [
    Case(
      "packages: nginx",
      """
      recipe.yaml:6:11: 'packages' must be a list, not text
      hint: begin each element with '- ', or write [nginx]
      """),
    Case(
      "packages:",
      """
      recipe.yaml:6:10: 'packages' has no value
      hint: give it a list, or leave the key out
      """),
    Case(
      "packages: {nginx: 1}",
      """
      recipe.yaml:6:11: 'packages' must be a list, not a mapping
      hint: begin each element with '- '
      """),
    Case(
      "packages: [3.10]",
      """
      recipe.yaml:6:12: an element of 'packages' must be text, but YAML may read '3.10' as a number
      hint: put it in quotes: "3.10"
      """),
    Case(
      "packages: [[nginx]]",
      "recipe.yaml:6:12: an element of 'packages' must be text, not a list"),
    Case(
      "packages: [no]",
      """
      recipe.yaml:6:12: an element of 'packages' must be text, but YAML may read 'no' as a truth value
      hint: put it in quotes: "no"
      """),
    Case(
      """
      packages: [""]
      """,
      "recipe.yaml:6:12: an element of 'packages' is empty"),
    Case(
      "recommends: yes",
      """
      recipe.yaml:6:13: 'recommends' must be true or false, not 'yes'
      hint: write true
      """),
    Case(
      """
      recommends: "true"
      """,
      "recipe.yaml:6:13: 'recommends' must be true or false, not text"),
    Case(
      "recommends: 1",
      "recipe.yaml:6:13: 'recommends' must be true or false, not a number"),
    Case(
      "checks: [2024-01-31]",
      """
      recipe.yaml:6:10: an element of 'checks' must be text, but YAML may read '2024-01-31' as a date
      hint: put it in quotes: "2024-01-31"
      """),
    Case(
      """
      sanity: [{get: /, status: "200"}]
      """,
      """
      recipe.yaml:6:27: 'status' must be a number, not text
      hint: remove the quotes
      """),
    Case(
      "sanity: [{get: /, status: 99}]",
      "recipe.yaml:6:27: 'status' must be a whole number from 100 to 599, not 99"),
    Case(
      "sanity: [{get: /, port: 0x50}]",
      "recipe.yaml:6:25: 'port' must be a whole number from 1 to 65535, not 0x50"),
    Case(
      "sanity: [{get: /, within: 2m}]",
      "recipe.yaml:6:27: 'within' must be a number, not text"),
    Case(
      "sanity: [{get: healthz}]",
      "recipe.yaml:6:16: 'get' must be a path as in '/healthz/', not 'healthz'"),
    Case(
      "files: [{source: app, destination: /a, mode: 0644}]",
      """
      recipe.yaml:6:46: 'mode' must be octal digits in quotes, not a number
      hint: write "0644"
      """),
    Case(
      """
      files: [{source: app, destination: /a, mode: "0888"}]
      """,
      """
      recipe.yaml:6:46: 'mode' must be three or four octal digits, not '0888'
      hint: write for example "0644"
      """),
    Case(
      """
      files: [{source: app, destination: /a, mode: "rw-"}]
      """,
      """
      recipe.yaml:6:46: 'mode' must be three or four octal digits, not 'rw-'
      hint: write for example "0644"
      """),
    Case(
      "files: [{source: app, destination: /a, owner: Root}]",
      """
      recipe.yaml:6:47: 'owner' must be a user's or group's name, not 'Root'
      hint: a name has lower-case letters, digits, '-' and '_', and begins with a letter or '_'
      """),
    Case(
      "files: [{source: app, destination: /a, owner: 0}]",
      """
      recipe.yaml:6:47: 'owner' must be text, but YAML may read '0' as a number
      hint: put it in quotes: "0"
      """),
    Case(
      whole: """
        name: Logic
        base: {distribution: debian, suite: bookworm, architecture: amd64}
        """,
      """
      recipe.yaml:1:7: 'name' must be a recipe's name, not 'Logic'
      hint: use lower-case letters, digits and '-', 63 at most, a letter or a digit first
      """),
    Case(
      whole: """
        name: 12
        base: {distribution: debian, suite: bookworm, architecture: amd64}
        """,
      """
      recipe.yaml:1:7: 'name' must be text, but YAML may read '12' as a number
      hint: put it in quotes: "12"
      """),
    Case(
      whole: """
        name: logic
        base: {distribution: ubuntu, suite: bookworm, architecture: amd64}
        """,
      "recipe.yaml:2:22: 'distribution' must be 'debian', not 'ubuntu'"),
    Case(
      whole: """
        name: logic
        base: {distribution: debian, suite: bookworm, architecture: arm46}
        """,
      """
      recipe.yaml:2:61: 'architecture' must be 'amd64' or 'arm64', not 'arm46'
      hint: did you mean 'arm64'?
      """),
    Case(
      whole: """
        name: logic
        base: {distribution: debian, suite: 12, architecture: amd64}
        """,
      """
      recipe.yaml:2:37: 'suite' must be text, but YAML may read '12' as a number
      hint: put it in quotes: "12"
      """),
    Case(
      whole: """
        name: logic
        base: {distribution: debian, suite: bookworm, architecture: amd64, variant: minibase}
        """,
      """
      recipe.yaml:2:77: 'variant' must be 'minbase' or 'essential', not 'minibase'
      hint: did you mean 'minbase'?
      """),
  ]
}
