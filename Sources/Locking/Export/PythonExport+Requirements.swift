import Lockfiles

extension PythonExport {
  /// Source: pip's documentation, "Requirements File Format" and "Secure installs"; the layout is that of pip-compile.
  var requirements: String {
    pins.map { pin in
      let asked = askers(of: pin)
      let via = (asked.isRequested ? ["recipe.yaml"] : []) + asked.names
      let comment =
        via.count == 1
        ? "    # via \(via[0])\n" : "    # via\n" + via.map { "    #   \($0)\n" }.joined()
      // Whoever installs from it builds for themselves what no index has.
      let digest = python.source(of: pin)?.digest ?? pin.digest
      return "\(pin.name)==\(pin.version) \\\n    --hash=\(digest)\n" + comment
    }.joined()
  }
}
