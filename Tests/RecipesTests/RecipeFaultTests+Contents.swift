extension RecipeFaultTests {
  static let requests: [Case] = [
    Case(
      "packages: [nginx (>= 1.22]",
      """
      recipe.yaml:6:12: 'nginx (>= 1.22' is no package relation: a ')' is missing
      hint: write a name, or a name and a version as in 'nginx (>= 1.22)'
      """),
    Case(
      """
      packages: ["nginx, vim"]
      """,
      "recipe.yaml:6:12: 'nginx, vim' is no package relation: a comma separates what must stand on its own"),
    Case(
      "packages: [nginx, vim, nginx]",
      """
      recipe.yaml:6:24: the package 'nginx' stands here a second time
      hint: it first stands in line 6; remove one of them
      """),
    Case(
      """
      packages: ["nginx (=> 1)"]
      """,
      """
      recipe.yaml:6:12: 'nginx (=> 1)' is no package relation: in version '> 1', it has embedded spaces
      hint: write a name, or a name and a version as in 'nginx (>= 1.22)'
      """),
    Case(
      """
      python: {requirements: ["django >> 5"]}
      """,
      "recipe.yaml:6:25: 'django >> 5' is no requirement: expected a version specifier such as '>=1.2' at column 8, found '>> 5'"
    ),
    Case(
      """
      python: {requirements: [a], build: ["a==1"]}
      """,
      "recipe.yaml:6:37: an element of 'build' must be a project's name, not 'a==1'"
    ),
    Case(
      """
      python: {requirements: [a], build: [x.y, X-y]}
      """,
      "recipe.yaml:6:42: an element of 'build' names the project 'x-y' a second time"
    ),
    Case(
      """
      python: {requirements: ["-r other.in"]}
      """,
      "recipe.yaml:6:25: '-r other.in' is no requirement: expected a project's name at column 1, found '-r other.in'"
    ),
    Case(
      "pins: [{packages: [vim], pin: origin example.org, priority: 1}]",
      """
      recipe.yaml:6:31: 'origin example.org' is no pin
      hint: write 'version 1.2*', or 'release' with some of a=, n=, v=, c=, o= and l=, as in apt_preferences(5)
      """),
    Case(
      "pins: [{packages: ['*'], pin: version 2*, priority: 1}]",
      """
      recipe.yaml:6:19: 'packages' names all packages, and the pin one version
      hint: name the packages that have it
      """),
    Case(
      "pins: [{packages: [vim], pin: version 2*, priority: 0}]",
      """
      recipe.yaml:6:53: 'priority' is 0, which means nothing to apt
      hint: to forbid versions, write -1
      """),
    Case(
      "archives: [{name: a, url: ftp://example.org, suite: s, components: [main], signed-by: keys/extra.asc}]",
      "recipe.yaml:6:27: 'url' must be an http, https or file URL, not 'ftp://example.org'"),
    Case(
      """
      archives: [{name: a, url: "https://u:p@example.org", suite: s, components: [main], signed-by: keys/extra.asc}]
      """,
      """
      recipe.yaml:6:27: 'url' holds a user or a password
      hint: keep credentials out of the recipe: apt's auth.conf takes them
      """),
    Case(
      """
      archives: [{name: a, url: "https://example.org", suite: s, components: [], signed-by: keys/extra.asc}]
      """,
      """
      recipe.yaml:6:72: 'components' is empty
      hint: an archive has at least one, often 'main'
      """),
    Case(
      """
      archives: [{name: a, url: "https://example.org", suite: s, components: [main], signed-by: keys/extra.gpg}]
      """,
      """
      recipe.yaml:6:91: 'signed-by' names 'keys/extra.gpg', which doesn't exist
      hint: did you mean 'keys/extra.asc'?
      """),
    Case(
      """
      archives: [{name: a, url: "https://example.org", suite: s, components: [main]}]
      """,
      """
      recipe.yaml:6:12: 'archives' lacks the key 'signed-by'
      hint: add 'signed-by' to it
      """),
    Case(
      "services: {enable: [nginx], disable: [nginx.service]}",
      """
      recipe.yaml:6:39: the unit 'nginx.service' stands here a second time
      hint: it first stands in line 6; remove one of them
      """),
    Case(
      "services: {enable: [a/b]}",
      "recipe.yaml:6:21: an element of 'enable' must be a systemd unit, and 'a/b' can't be one's name"),
    Case(
      "swap: {migrate: app.socket}",
      """
      recipe.yaml:6:17: 'migrate' must be a service or a target, not 'app.socket'
      hint: its name has letters, digits, '-', '_', '.' and '@'
      """),
    Case(
      "swap: {standby: 'a:b'}",
      """
      recipe.yaml:6:17: 'standby' must be a service or a target, not 'a:b.service'
      hint: its name has letters, digits, '-', '_', '.' and '@'
      """),
    Case(
      "services: {enable: [a]}\nswap: {standby: a.service}",
      """
      recipe.yaml:7:17: 'standby' names a.service, which starts with every machine
      hint: remove it from 'services.enable', line 6: a swap starts it
      """),
    Case(
      "swap: {migrate: a, standby: a}",
      "recipe.yaml:6:29: 'migrate' and 'standby' name the same unit, a.service"),
    Case(
      """
      application: {source: app, destination: /a, exclude: ["[a"]}
      """,
      "recipe.yaml:6:55: an element of 'exclude' is '[a', which is no pattern: its '[' isn't closed"),
    Case(
      "application: {source: app, destination: /a, build: [{inputs: [a]}]}",
      """
      recipe.yaml:6:53: 'build' lacks the key 'run'
      hint: add 'run' to it
      """),
    Case(
      "application: {source: app, destination: /a, build: [{run: a, inputs: []}]}",
      """
      recipe.yaml:6:70: 'inputs' is empty
      hint: leave the key out where the command may see all files
      """),
    Case(
      """
      checks: ["  "]
      """,
      """
      recipe.yaml:6:10: an element of 'checks' is empty
      hint: give it a command, or remove it
      """),
    Case(
      "checks: [{command: nginx -t}]",
      """
      recipe.yaml:6:11: unknown key 'command' in 'checks'
      hint: the keys here are 'run', 'name', 'inputs'
      """),
  ]

  static let secrets: [Case] = [
    Case(
      "secrets: [{name: app.env, template: templates/app.env, values: [django_secret_key]}]",
      """
      templates/app.env:2:4: 'database_url' isn't among the values of the secret 'app.env'
      hint: add 'database_url' to the secret's 'values' in recipe.yaml:6:11
      """),
    Case(
      "secrets: [{name: app.env, template: templates/app.env, values: [django_secret_key, database_ulr]}]",
      """
      templates/app.env:2:4: 'database_url' isn't among the values of the secret 'app.env'
      hint: did you mean 'database_ulr'?
      """),
    Case(
      "secrets: [{name: app.env, template: templates/app.env, values: [django_secret_key, database_url, other]}]",
      """
      recipe.yaml:6:98: the template templates/app.env has no place for 'other'
      hint: write {{ other }} where the value belongs, or remove it here
      """),
    Case(
      "secrets: [{name: app.env, template: templates/app.env, values: [a, a]}]",
      """
      recipe.yaml:6:68: the value 'a' stands here a second time
      hint: it first stands in line 6; remove one of them
      """),
    Case(
      "secrets: [{name: app.env, template: templates/app.env, values: [a-b]}]",
      """
      recipe.yaml:6:65: an element of 'values' is 'a-b', which can't be a value's name
      hint: a name has letters, digits and underscores, no digit first
      """),
    Case(
      "secrets: [{name: a/b, template: templates/app.env}]",
      """
      recipe.yaml:6:18: 'name' must be a secret's name, not 'a/b'
      hint: use lower-case letters, digits and '-', '.', '_', 28 at most, a letter or a digit first
      """),
    Case(
      "secrets: [{name: a.long.name.that.no.machine.takes, template: templates/app.env}]",
      """
      recipe.yaml:6:18: 'name' must be a secret's name, not 'a.long.name.that.no.machine.takes'
      hint: use lower-case letters, digits and '-', '.', '_', 28 at most, a letter or a digit first
      """),
    Case(
      "secrets: [{name: a, template: templates}]",
      "recipe.yaml:6:31: 'template' must name a file, not the folder 'templates'"),
    Case(
      "secrets: [{name: a, template: templates/bad.env}]",
      """
      templates/bad.env:2:4: '{{' isn't closed by '}}' behind the name
      hint: a place holds a name only, as in {{ database_url }}
      """),
    Case(
      "secrets: [{name: a, template: templates/open.env}]",
      """
      templates/open.env:1:1: '{{' must be followed by the name of a value
      hint: write {{ '{{' }} where the text needs two braces of its own
      """),
    Case(
      "secrets: [{name: a, template: templates/latin.env}]",
      "recipe.yaml:6:31: 'template' names 'templates/latin.env', which isn't UTF-8 text"),
    Case(
      "secrets: [{name: a, template: templates/nginx.conf, mode: 0400}]",
      """
      recipe.yaml:6:59: 'mode' must be octal digits in quotes, not a number
      hint: write "0400"
      """),
    Case(
      "secrets: [{name: a, template: templates/nginx.conf}, {name: a, template: templates/nginx.conf}]",
      """
      recipe.yaml:6:54: the secret 'a' stands here a second time
      hint: it first stands in line 6; remove one of them
      """),
    Case(
      "secrets: [{name: a, template: templates/app.env, values: [{name: django_secret_key, default: 5}]}]",
      """
      recipe.yaml:6:94: 'default' must be text, but YAML may read '5' as a number
      hint: put it in quotes: "5"
      """),
  ]
}
