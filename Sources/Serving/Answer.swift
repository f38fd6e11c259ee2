import Essentials
import SystemPackage

/// What a request is answered with.
package struct Answer: Sendable {
  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// A part of a blob's file, in bytes from its beginning.
    case file(BlobFile, Range<Int64>)

    var count: Int64 {
      switch self {
      case .none: 0
      case .bytes(let bytes): Int64(bytes.count)
      case .file(_, let range): Int64(range.count)
      }
    }
  }

  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: Body
  /// What isn't for the one who asked but for the log.
  package var remark: String?

  init(_ status: Int, _ headers: [(name: String, value: String)] = [], body: Body = .none) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A line of plain text.
  static func text(_ status: Int, _ text: String, _ headers: [(name: String, value: String)] = []) -> Answer {
    Answer(
      status, headers + [("Content-Type", "text/plain; charset=utf-8")],
      body: .bytes(Array((text + "\n").utf8)))
  }

  static let notFound = Answer.text(404, "not here")

  static func moved(to location: String) -> Answer { text(301, location, [("Location", location)]) }
}

/// A blob's file, open for as long as this object lives.
package final class BlobFile: Sendable {
  let descriptor: FileDescriptor
  let size: Int64

  init(_ descriptor: FileDescriptor, size: Int64) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { try? descriptor.close() }
}
