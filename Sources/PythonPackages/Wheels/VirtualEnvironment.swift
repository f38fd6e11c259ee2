package import Essentials
package import SystemPackage

/// An empty virtual environment, as `python3 -m venv --without-pip` makes it, but for the shells' activation scripts.
package enum VirtualEnvironment {
  /// Makes the environment.
  /// - Parameters:
  ///   - path: its absolute path in the root tree: `/opt/venv`.
  ///   - root: the folder that stands for `/`; it must exist.
  ///   - python: the whole version of the target's Python.
  ///   - interpreter: the target's Python in the root tree.
  package static func create(
    _ path: FilePath, in root: FilePath, python: PythonVersion, interpreter: FilePath = "/usr/bin/python3"
  ) throws(Diagnostic) {
    let tree = try InstallationTree(root)
    let prefix = path.lexicallyNormalized().removingRoot().string
    let series = "\(python.major).\(python.minor)"
    let home = interpreter.removingLastComponent()
    for folder in ["bin", "include/python\(series)", "lib/python\(series)/site-packages"] {
      try tree.makeFolder("\(prefix)/\(folder)")
    }
    try tree.link("\(prefix)/lib64", to: "lib")
    try tree.link("\(prefix)/bin/python3", to: interpreter.string)
    try tree.link("\(prefix)/bin/python", to: "python3")
    try tree.link("\(prefix)/bin/python\(series)", to: "python3")
    let configuration = """
      home = \(home)
      include-system-site-packages = false
      version = \(python)
      executable = \(home.appending("python\(series)"))
      command = \(interpreter) -m venv --without-pip \(path)

      """
    try tree.write(Array(configuration.utf8), to: "\(prefix)/pyvenv.cfg")
  }
}
