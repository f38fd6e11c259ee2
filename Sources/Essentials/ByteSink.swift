/// Something that takes bytes in order: a file being written, a blob being ingested, a hasher.
package protocol ByteSink: AnyObject {
  /// Takes `bytes` behind all that came before; they're valid only during the call.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic)
}

extension ByteSink {
  /// Takes `bytes` behind all that came before.
  package func write(_ bytes: [UInt8]) throws(Diagnostic) {
    // withUnsafeBytes drops the error's type, so the outcome is carried past it.
    let outcome = bytes.withUnsafeBytes { (buffer) -> Result<Void, Diagnostic> in
      Result { () throws(Diagnostic) in try write(buffer) }
    }
    try outcome.get()
  }
}
