/// A value that must not reach a log, an error, an image or a command line.
///
/// Its description says nothing of it; only ``reveal()`` gives it, so that every use can be found.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package init(_ text: String) { bytes = Array(text.utf8) }

  /// The value itself.
  package func reveal() -> [UInt8] { bytes }

  package var description: String { "«secret»" }
  package var debugDescription: String { "«secret»" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
