extension RecipeFaultTests {
  static let yaml: [Case] = [
    Case(
      "packages: *all",
      """
      recipe.yaml:6:11: a recipe may not use YAML aliases
      hint: write the value again; text that begins with '*' needs quotes
      """),
    Case(
      "packages: &all [nginx]",
      """
      recipe.yaml:6:11: a recipe may not use YAML anchors
      hint: write the value wherever it's needed; text that begins with '&' needs quotes
      """),
    Case(
      "packages: !!set {nginx}",
      """
      recipe.yaml:6:11: a recipe may not use YAML tags
      hint: leave the tag out; text that begins with '!' needs quotes
      """),
    Case(
      "<<: {recommends: true}",
      """
      recipe.yaml:6:1: a recipe may not use YAML merge keys
      hint: write the keys again where they're needed
      """),
    Case(
      """
      ---
      name: second
      """,
      """
      recipe.yaml:6:1: a recipe is a single YAML document, and here a second one begins
      hint: remove the '---', or keep each recipe in a file of its own
      """),
    Case(
      "packages: [nginx",
      """
      recipe.yaml:7:1: not valid YAML: while parsing a flow sequence: did not find expected ',' or ']'
      hint: look for the end of the flow sequence that begins in line 6
      """),
    Case(
      """
      packages:
      \t- nginx
      """,
      """
      recipe.yaml:7:1: not valid YAML: while scanning for the next token: found character that cannot start any token
      hint: indent with spaces; YAML takes no tabs there
      """),
    Case(
      "packages: nginx: light",
      """
      recipe.yaml:6:16: not valid YAML: mapping values are not allowed in this context
      hint: put text that holds ': ' in quotes, or check the indentation
      """),
    Case(
      "packages: [@nginx]",
      """
      recipe.yaml:6:12: not valid YAML: while scanning for the next token: found character that cannot start any token
      hint: put text that begins with '@' in quotes
      """),
    Case(
      "application: {source: app, destination: /srv/app, exclude: [*.pyc]}",
      """
      recipe.yaml:6:62: not valid YAML: while scanning an alias: did not find expected alphabetic or numeric character
      hint: put text that begins with '*' in quotes
      """),
    Case(
      "checks: [%x]",
      """
      recipe.yaml:6:10: not valid YAML: while scanning for the next token: found character that cannot start any token
      hint: put text that begins with '%' in quotes
      """),
    Case(
      """
      packages:
        - nginx
       - vim
      """,
      """
      recipe.yaml:8:2: not valid YAML: while parsing a block mapping: did not find expected key
      hint: check the indentation, and put text with special characters in quotes
      """),
    Case(
      """
      checks: ["\\q"]
      """,
      "recipe.yaml:6:11: not valid YAML: while parsing a quoted scalar: found unknown escape character"),
    Case(
      "checks: ['open",
      """
      recipe.yaml:7:1: not valid YAML: while scanning a quoted scalar: found unexpected end of stream
      hint: look for the end of the quoted scalar that begins in line 6
      """),
    Case(
      "packages: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
      "recipe.yaml:6:27: nested more than 16 levels deep"),
  ]
}
