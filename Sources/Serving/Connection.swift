import Essentials
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage

/// One connection: takes request after request and writes their answers.
struct Connection: Sendable {
  typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

  let router: Router
  let connections: Connections
  let log: AccessLog?

  /// More of a request's body than this, in bytes, isn't waited for: no request that is answered has one.
  private static let bodyLimit = 64 << 10
  /// So much of a file is read and sent at a time, in bytes.
  private static let pieceSize: Int64 = 512 << 10

  func serve(_ connection: HTTPChannel) async {
    let channel = connection.channel
    defer { connections.remove(channel) }
    // What goes wrong here went wrong with the other side, which is gone.
    try? await connection.executeThenClose { inbound, _ in
      var head: HTTPRequestHead?
      var bodySize = 0
      for try await part in inbound {
        switch part {
        case .head(let new):
          (head, bodySize) = (new, 0)
          connections.set(channel, busy: true)
        case .body(let bytes):
          bodySize += bytes.readableBytes
          guard bodySize <= Self.bodyLimit else { return }
        case .end:
          guard let asked = head.take() else { return }
          guard try await answer(asked, channel) else { return }
          connections.set(channel, busy: false)
          if connections.isStopping { return }
        }
      }
    }
  }

  /// - Returns: whether another request may follow.
  private func answer(_ head: HTTPRequestHead, _ channel: any Channel) async throws -> Bool {
    let began = ContinuousClock.now
    var answer = await find(head)
    let keepsAlive = head.isKeepAlive && !connections.isStopping
    let length = answer.body.count
    answer.headers += [
      ("Date", HTTPDate.text(AccessLog.seconds)), ("Server", "hardtack"),
      ("X-Content-Type-Options", "nosniff"),
    ]
    if answer.status != 304 { answer.headers.append(("Content-Length", "\(length)")) }
    if !keepsAlive {
      answer.headers.append(("Connection", "close"))
    } else if head.version.minor == 0 {
      answer.headers.append(("Connection", "keep-alive"))
    }
    var sent: Int64 = 0
    defer {
      log?.write(head, answer, sent: sent, from: channel.remoteAddress, took: ContinuousClock.now - began)
    }
    let responseHead = HTTPResponseHead(
      version: head.version, status: HTTPResponseStatus(statusCode: answer.status),
      headers: HTTPHeaders(answer.headers.map { ($0.name, $0.value) }))
    try await channel.writeAndFlush(HTTPServerResponsePart.head(responseHead))
    if head.method != .HEAD {
      switch answer.body {
      case .none: break
      case .bytes(let bytes):
        try await send(ByteBuffer(bytes: bytes), channel)
        sent = length
      case .file(let file, let range):
        var rest = range
        while !rest.isEmpty {
          let piece = rest.lowerBound..<min(rest.upperBound, rest.lowerBound + Self.pieceSize)
          try await send(try await read(file, piece), channel)
          rest = piece.upperBound..<rest.upperBound
          sent += Int64(piece.count)
        }
      }
    }
    try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
    return keepsAlive
  }

  private func find(_ head: HTTPRequestHead) async -> Answer {
    let method: ServedRequest.Method
    switch head.method {
    case .GET: method = .get
    case .HEAD: method = .head
    default: return .text(405, "this store is only to read from", [("Allow", "GET, HEAD")])
    }
    let headers = Dictionary(
      head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $0 + ", " + $1 })
    guard let request = ServedRequest(method, target: head.uri, headers: headers) else {
      return .text(400, "this is no path")
    }
    return await router.answer(request)
  }

  private func send(_ bytes: ByteBuffer, _ channel: any Channel) async throws {
    try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)))
  }

  /// Reads where waiting for a disk holds nobody up.
  private func read(_ file: BlobFile, _ range: Range<Int64>) async throws -> ByteBuffer {
    try await NIOThreadPool.singleton.runIfActive {
      var buffer = ByteBufferAllocator().buffer(capacity: range.count)
      while buffer.writerIndex < range.count {
        let rest = range.count - buffer.writerIndex
        let offset = range.lowerBound + Int64(buffer.writerIndex)
        let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: rest) { room in
          try file.descriptor.read(
            fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(rebasing: room[..<rest]))
        }
        // A blob that became shorter: the answer must not seem to be whole.
        guard count > 0 else { throw Diagnostic(.failed, "a blob ended early") }
      }
      return buffer
    }
  }
}
