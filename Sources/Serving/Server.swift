import Essentials
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage

/// Serves a store over HTTP/1.1 until it's asked to stop.
package final class Server: Sendable {
  package struct Configuration: Sendable {
    package var address = "127.0.0.1"
    /// 0 for one that the system chooses.
    package var port = 8470
    /// So many connections are open at most. Of further ones the first takes the place of the one that has been idle
    /// for longest; where none is, they wait.
    package var connectionLimit = 256
    /// A connection on which nothing moves for so long is ended, in seconds.
    package var patience: Int64 = 60
    /// So long answers that are under way when the server is stopped may take.
    package var grace: Duration = .seconds(10)

    package init() {}
  }

  private let configuration: Configuration
  private let channel: NIOAsyncChannel<Connection.HTTPChannel, Never>
  private let connections = Connections()
  private let connection: Connection

  /// Begins to listen.
  package init(_ configuration: Configuration, router: Router, log: AccessLog?) async throws {
    self.configuration = configuration
    connection = Connection(router: router, connections: connections, log: log)
    let patience = TimeAmount.seconds(configuration.patience)
    do {
      channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.backlog, value: 256)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
        .bind(
          host: configuration.address, port: configuration.port,
          serverBackPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)
        ) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            try channel.pipeline.syncOperations.addHandler(Patience(patience))
            return try Connection.HTTPChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      let place = "\(configuration.address):\(configuration.port)"
      let reason = (error as? IOError).map { Errno(rawValue: $0.errnoCode).text } ?? "\(error)"
      throw Diagnostic(
        .failed, "cannot listen on \(place): \(reason)", hints: ["choose another by --listen and --port"])
    }
  }

  /// The address of what is served, without a slash at the end.
  package var url: String {
    let port = channel.channel.localAddress?.port ?? configuration.port
    let host = configuration.address.contains(":") ? "[\(configuration.address)]" : configuration.address
    return "http://\(host):\(port)"
  }

  /// Serves until the task is cancelled; then answers that are under way come to their end.
  package func run() async throws {
    // Apart from the caller's task: its cancellation must not reach answers.
    let work = Task.detached { try await self.accept() }
    try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      connections.stop()
      channel.channel.close(promise: nil)
    }
  }

  private func accept() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      try await channel.executeThenClose { inbound in
        var open = 0
        for try await new in inbound {
          connections.add(new.channel)
          group.addTask { await self.connection.serve(new) }
          open += 1
          if open >= configuration.connectionLimit {
            connections.endIdlest()
            try await group.next()
            open -= 1
          }
        }
      }
      let end = Task {
        try await Task.sleep(for: configuration.grace)
        connections.endAll()
      }
      try await group.waitForAll()
      end.cancel()
    }
  }
}
