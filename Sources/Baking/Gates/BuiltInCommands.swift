import Essentials
import Recipes
import SystemPackage

/// The built-in gates that are commands: what the image's own programs say of its configuration.
struct BuiltInCommands {
  let recipe: Recipe
  let lockfile: [String]
  let source: SourceTree?
  /// The units that the recipe adds, extends or enables.
  let units: [String]

  /// Those that have something to look at, aren't silenced, and that no check of the recipe runs anyway.
  var gates: [Gate] {
    [nginx, verifiedUnits, django].compactMap { $0 }.filter { gate in
      !recipe.gates.silenced.keys.contains { $0.rawValue == gate.name }
    }
  }

  private func isChecked(by command: String) -> Bool {
    recipe.checks.contains { $0.value.run.contains(command) }
  }

  private var folder: String { recipe.application?.destination.string ?? "/" }

  /// The part of the application that `isSelected` names, or all of it where there is no source.
  private func part(_ isSelected: (SourceTree.Entry) -> Bool) -> SourceTree? {
    guard let source else { return nil }
    let paths = Set(source.entries.lazy.filter(isSelected).map(\.path))
    return source.selecting { path, _ in paths.contains(path) }
  }

  private var nginx: Gate? {
    guard lockfile.contains(where: { $0 == "nginx" || $0.hasPrefix("nginx-") }), !isChecked(by: "nginx -t")
    else {
      return nil
    }
    // Where the configuration takes in files of the application, it's looked at with them.
    let seesApplication = recipe.application.map { application in
      recipe.files.contains { file in
        file.value.destination.string.hasPrefix("/etc/nginx")
          && Self.includes(application.destination.string, file.value.source)
      }
    }
    return Gate(
      name: Recipe.BuiltInGate.nginx.rawValue, run: "[ ! -x /usr/sbin/nginx ] || exec nginx -t -q",
      inputs: seesApplication == true ? nil : part { _ in false }, isBuiltIn: true,
      folder: folder)
  }

  /// Whether nginx would read a file of the application because of what `source` says.
  private static func includes(_ folder: String, _ source: RecipePath) -> Bool {
    guard !source.isFolder, let bytes = try? DurableFile.read(source.real, limit: 1 << 20) else {
      return true
    }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
      let words = line.split { $0 == " " || $0 == "\t" }
      return words.first == "include" && words.dropFirst().contains { $0.contains(folder) }
    }
  }

  private var verifiedUnits: Gate? {
    guard !units.isEmpty, !isChecked(by: "systemd-analyze verify") else { return nil }
    let names = units.map(ShellWord.quote).joined(separator: " ")
    return Gate(
      name: Recipe.BuiltInGate.units.rawValue,
      run: """
        command -v systemd-analyze >/dev/null || exit 0
        exec systemd-analyze verify --man=no --recursive-errors=no \(names)
        """,
      // Of the application, units start nothing but programs.
      inputs: part { $0.kind == .file(executable: true) }, isBuiltIn: true, folder: folder)
  }

  /// One process for all, since starting Django takes longer than what is asked.
  private var django: Gate? {
    guard let source, recipe.python != nil, source.entries.contains(where: { $0.path == "manage.py" }) else {
      return nil
    }
    var lines: [String] = []
    if !isChecked(by: "manage.py check") {
      // Below, Django counts next to nothing that matters in production.
      lines.append("manage('check', '--deploy', '--fail-level', 'WARNING')")
    }
    if !isChecked(by: "makemigrations") { lines.append("manage('makemigrations', '--check', '--dry-run')") }
    let modules = source.entries.map(\.path).filter { path in
      let parts = path.split(separator: "/")
      return parts.count == 2 && ["wsgi.py", "asgi.py", "celery.py"].contains(parts[1])
        && source.entries.contains { $0.path == "\(parts[0])/settings.py" }
    }
    for module in modules {
      lines.append("importlib.import_module('\(module.dropLast(3).replacing("/", with: "."))')")
    }
    guard !lines.isEmpty else { return nil }
    // What wsgi.py and its like need to know, manage.py sets.
    let script = """
      import importlib, os, runpy, sys
      sys.path.insert(0, os.getcwd())
      def manage(*words):
          sys.argv = ['manage.py', *words]
          try: runpy.run_path('manage.py', run_name='__main__')
          except SystemExit as end:
              if end.code: raise
      \(lines.joined(separator: "\n"))
      """
    return Gate(
      name: Recipe.BuiltInGate.django.rawValue, run: "exec python -c \(ShellWord.quote(script))",
      inputs: part { $0.path.hasSuffix(".py") }, isBuiltIn: true, folder: folder)
  }
}
