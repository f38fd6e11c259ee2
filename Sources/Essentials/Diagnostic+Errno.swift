import Glibc
package import SystemPackage

extension Diagnostic {
  /// The error of a system call, with the hint that its kind deserves.
  /// - Parameters:
  ///   - action: what was being done, as a verb in the infinitive: `write`, `create the folder`.
  ///   - path: what it was done to.
  package static func system(_ errno: Errno, _ action: String, _ path: FilePath) -> Diagnostic {
    let diagnostic = Diagnostic(.failed, "cannot \(action) \(path): \(errno.text)")
    switch errno {
    case .noSpace, Errno(rawValue: EDQUOT):
      return diagnostic.hint("free some space on the disk that holds \(path), then run the command again")
    case .permissionDenied, .notPermitted:
      return diagnostic.hint("check who owns \(path), or name another folder with --store")
    case .readOnlyFileSystem:
      return diagnostic.hint("the file system is mounted read-only; name another folder with --store")
    default:
      return diagnostic
    }
  }
}

extension Errno {
  /// The C library's own text, its first letter in lower case.
  package var text: String {
    let text = description
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// What the last failed call into the C library left behind.
  package static var current: Errno { Errno(rawValue: errno) }
}

/// Runs a system call and turns its failure into a diagnostic.
/// - Parameters:
///   - action: what is being done, as a verb in the infinitive.
///   - path: what it is done to.
package func attempt<Result>(
  _ action: String, _ path: FilePath, _ body: () throws -> Result
) throws(Diagnostic) -> Result {
  do {
    return try body()
  } catch let diagnostic as Diagnostic {
    throw diagnostic
  } catch let errno as Errno {
    throw .system(errno, action, path)
  } catch {
    throw Diagnostic(.failed, "cannot \(action) \(path): \(error)")
  }
}
