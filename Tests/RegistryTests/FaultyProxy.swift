import Essentials
import SystemPackage
import TestSupport

/// The proxy of `faulty_proxy.py` before a registry.
final class FaultyProxy: Sendable {
  let folder: TemporaryFolder
  let host: String
  private let process: ChildProcess

  init(before registry: Registry) throws {
    folder = try TemporaryFolder()
    let script = FilePath(#filePath).removingLastComponent().appending("faulty_proxy.py")
    process = try ChildProcess("python3", [script.string, "\(registry.port)", folder.path.string])
    host = "127.0.0.1:" + (try process.readLine())
  }

  /// From now on, so many requests of a method, with a path that has `text` in it, go wrong.
  func fail(_ method: String, _ text: String, _ fault: String, times: Int) throws {
    try DurableFile.write(Array("\(method) \(text) \(fault) \(times)\n".utf8), to: folder.appending("fault"))
  }

  struct Exchange: Equatable {
    var method: String
    var path: String
    /// Of the request's body.
    var bytes: Int64
    var status: String
  }

  var log: [Exchange] {
    let text = String(decoding: (try? DurableFile.read(folder.appending("log"))) ?? [], as: UTF8.self)
    return text.split(separator: "\n").map { line in
      let fields = line.split(separator: " ").map(String.init)
      return Exchange(method: fields[0], path: fields[1], bytes: Int64(fields[2]) ?? 0, status: fields[3])
    }
  }

  /// The bytes of all bodies that were sent, from request `number` on.
  func sent(from number: Int = 0) -> Int64 { log.dropFirst(number).reduce(0) { $0 + $1.bytes } }
}
