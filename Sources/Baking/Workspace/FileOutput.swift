import Essentials
import Glibc
import SystemPackage

/// Writing to plain file descriptors.
enum FileOutput {
  /// Writes all of `block`, whatever the kernel takes at a time.
  static func write(_ block: UnsafeRawBufferPointer, to file: Int32, _ path: FilePath) throws(Diagnostic) {
    var rest = block[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(.current, "write", path)
      }
      rest = rest.dropFirst(count)
    }
  }
}
