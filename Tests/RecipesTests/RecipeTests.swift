import DebianPackages
import Essentials
import Images
import PythonPackages
import Recipes
import SystemPackage
import Testing

@Suite struct RecipeTests {
  static let full = """
    # A comment.
    name: logic
    base: {distribution: debian, suite: bookworm, architecture: arm64, variant: essential}
    packages:
      - nginx-light
      - rabbitmq-server (>= 3.10)
      - default-mta | mail-transport-agent
    recommends: true
    archives:
      - name: extra
        url: https://archive.example.org/debian/
        suite: stable
        components: [main, contrib]
        signed-by: keys/extra.asc
    pins:
      - {packages: ["nginx*", redis], pin: "release n=bookworm-backports, o=Debian", priority: -5}
    python:
      requirements: ["django>=5", "celery[redis]"]
      environment: /opt/python
      build: [Docopt, "zope.interface"]
      build-packages: [gcc, "python3-dev (>= 3.11)"]
    application:
      source: app
      destination: /srv/app
      exclude: ["*.pyc", "/static"]
      build:
        - python manage.py compilemessages
        - run: |
            python manage.py collectstatic
            true
          inputs: ["**/static/**"]
    files:
      - {source: templates/nginx.conf, destination: /etc/nginx/sites-enabled/app}
      - {source: units, destination: /etc/systemd/system, mode: "0600", owner: app, group: www-data}
    services: {enable: [nginx, app.socket, "worker@1"], disable: [getty@tty1]}
    secrets:
      - name: app.env
        template: templates/app.env
        owner: app
        mode: "0440"
        values: [django_secret_key, {name: database_url, default: ""}]
    state: [/var/lib/rabbitmq, /var/lib/app]
    checks: ["nginx -t", {run: python manage.py check, name: django, inputs: [manage.py]}]
    sanity:
      - {get: /healthz/, status: 204, port: 8080, within: 60}
      - {get: "/"}
    swap: {migrate: app-migrate, standby: app-standby.target, finish: app-finish}

    """

  @Test func `reads every key`() throws {
    let fixture = try RecipeFixture()
    let recipe = try fixture.read(Self.full)
    #expect(recipe.name == "logic")
    #expect(recipe.base.suite == "bookworm")
    #expect(recipe.base.architecture == .arm64)
    #expect(recipe.base.variant == .essential)
    #expect(
      recipe.packages.map(\.value.description)
        == ["nginx-light", "rabbitmq-server (>= 3.10)", "default-mta | mail-transport-agent"])
    #expect(recipe.packages[1].location.line == 6)
    #expect(recipe.packages[1].location.column == 5)
    #expect(recipe.recommends)
    let archive = try #require(recipe.archives.first?.value)
    #expect(archive.url == "https://archive.example.org/debian")
    #expect(archive.components == ["main", "contrib"])
    #expect(archive.key == Digest(of: "key\n"))
    #expect(
      recipe.pins.map(\.value) == [
        .init(
          packages: ["nginx*", "redis"], target: .release(["n": "bookworm-backports", "o": "Debian"]),
          priority: -5)
      ])
    let application = try #require(recipe.application)
    #expect(application.source.value.relative == "app")
    #expect(application.includes("manage.py"))
    #expect(!application.includes("a/b.pyc"))
    #expect(!application.includes("static/x.css"))
    #expect(
      application.build.map(\.value.run) == [
        "python manage.py compilemessages", "python manage.py collectstatic\ntrue",
      ])
    #expect(application.build[1].value.inputs?.map(\.description) == ["**/static/**"])
    #expect(recipe.files.map(\.value.mode.rawValue) == [0o644, 0o600])
    #expect(recipe.files.map(\.value.owner) == ["root", "app"])
    #expect(recipe.files.map(\.value.group) == ["root", "www-data"])
    #expect(recipe.files.map(\.value.source.isFolder) == [false, true])
    #expect(
      recipe.services.enable.map(\.value.description) == ["nginx.service", "app.socket", "worker@1.service"])
    #expect(
      recipe.swap?.units
        == SwapUnits(
          migrate: "app-migrate.service", standby: "app-standby.target", finish: "app-finish.service"))
    #expect(recipe.services.disable.map(\.value.description) == ["getty@tty1.service"])
    let values: [SecretDeclaration.Value] = [
      .init(name: "django_secret_key"), .init(name: "database_url", fallback: ""),
    ]
    #expect(
      recipe.secrets.map(\.value) == [
        SecretDeclaration(
          name: "app.env", template: "KEY={{ django_secret_key }}\nDB={{database_url}}\n", values: values,
          owner: "app", mode: "0440")
      ])
    #expect(recipe.state.map(\.value) == ["/var/lib/rabbitmq", "/var/lib/app"])
    #expect(recipe.checks.map(\.value.name) == ["nginx -t", "django"])
    #expect(recipe.checks.map { $0.value.inputs?.map(\.description) } == [nil, ["manage.py"]])
    #expect(
      recipe.sanity.map(\.value) == [
        SanityCheck(get: "/healthz/", status: 204, port: 8080, within: 60), SanityCheck(get: "/"),
      ])
  }

  @Test func `reads the Python environment`() throws {
    let python = try #require(try RecipeFixture().read(Self.full).python)
    #expect(python.environment == "/opt/python")
    guard case .listed(let entries) = python.requirements else {
      Issue.record("the requirements aren't listed")
      return
    }
    #expect(entries.map(\.requirement.name.description) == ["django", "celery"])
    #expect(entries[1].location.description.hasSuffix("recipe.yaml:18:31"))
    #expect(python.build.map(\.description) == ["docopt", "zope-interface"])
    #expect(python.buildPackages.map(\.value.description) == ["gcc", "python3-dev (>= 3.11)"])
  }

  @Test func `is content with the least`() throws {
    let recipe = try RecipeFixture().read(RecipeFixture.least)
    #expect(recipe.base.variant == .minbase)
    #expect(!recipe.recommends)
    #expect(recipe.packages.isEmpty && recipe.python == nil && recipe.application == nil)
  }

  @Test func `is found by its folder and by its file`() throws {
    let fixture = try RecipeFixture()
    try fixture.write(Self.full, to: "recipe.yaml")
    #expect(try Recipe.load(fixture.path).name == "logic")
    #expect(try Recipe.load(fixture.path.appending("recipe.yaml")).name == "logic")
  }

  @Test func `says where there is none`() throws {
    let fixture = try RecipeFixture()
    let empty = fixture.path.appending("app")
    let hint = "hint: name a folder that holds a recipe.yaml, as in recipes/logic"
    for (path, message) in [
      (empty, "the folder app holds no recipe.yaml"),
      (fixture.path.appending("none"), "there is no recipe at none"),
    ] {
      let error = try #require(throws: Diagnostic.self) { try Recipe.load(path) }
      #expect(RecipeFixture.text(error, without: fixture.path) == message + "\n" + hint)
    }
  }

  @Test func `knows an other tool's lockfile by its name`() throws {
    let fixture = try RecipeFixture()
    try fixture.write("lock-version = '1.0'\n", to: "pylock.dev.toml")
    let python = try fixture.read(RecipeFixture.least + "python: {requirements: pylock.dev.toml}\n").python
    guard case .locked(.pylock, let path, let content) = try #require(python).requirements else {
      Issue.record("it isn't taken for a lockfile")
      return
    }
    #expect(path.value.relative == "pylock.dev.toml")
    #expect(content == Array("lock-version = '1.0'\n".utf8))
  }
}
