import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Pools

/// `hardtack-relay` between a socket, as QEMU hands it one, and a service.
@Suite struct RelayTests {
  /// Connects its own socket through the relay to a service of its own, as libslirp does, and says what comes of it.
  private static let script = #"""
    import hashlib, socket, subprocess, sys, threading
    relay, case = sys.argv[1:]

    def pair():
        with socket.create_server(("127.0.0.1", 0)) as server:
            near = socket.create_connection(server.getsockname())
            return near, server.accept()[0]

    def through(port):
        near, far = pair()
        process = subprocess.Popen([relay, "127.0.0.1", str(port)], stdin=far, stdout=far, stderr=far)
        far.close()
        return near, process

    def everything(connection):
        digest = hashlib.sha256()
        while piece := connection.recv(1 << 16):
            digest.update(piece)
        return digest.hexdigest()

    service = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = service.getsockname()[1]
    if case == "half-closed":
        # Both send at once, more than any buffer holds, and each ends its own direction.
        out, back = b"out" * 5_000_000, b"back" * 5_000_000
        near, process = through(port)
        far = service.accept()[0]
        def send(connection, data):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        for connection, data in ((near, out), (far, back)):
            threading.Thread(target=send, args=(connection, data)).start()
        seen = []
        reader = threading.Thread(target=lambda: seen.append(everything(far)))
        reader.start()
        assert everything(near) == hashlib.sha256(back).hexdigest()
        reader.join()
        assert seen == [hashlib.sha256(out).hexdigest()]
        print("whole", process.wait(10))
    elif case == "answer after end":
        near, process = through(port)
        far = service.accept()[0]
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        assert far.recv(100) == b"question" and far.recv(100) == b""
        far.sendall(b"answer")
        far.close()
        print(near.recv(100), process.wait(10))
    elif case == "refused":
        service.close()
        near, process = through(port)
        try:
            near.recv(1)
        except ConnectionResetError:
            print("reset", process.wait(10))
    elif case == "service resets":
        near, process = through(port)
        far = service.accept()[0]
        near.sendall(b"unread")
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        try:
            near.recv(1)
        except ConnectionResetError:
            print("reset", process.wait(10))
    elif case == "guest ends":
        near, process = through(port)
        far = service.accept()[0]
        near.close()
        assert far.recv(1) == b""
        far.close()
        print("ended", process.wait(10))
    """#

  @Test(arguments: [
    ("half-closed", "whole 0"), ("answer after end", "b'answer' 0"), ("refused", "reset 1"),
    ("service resets", "reset 1"), ("guest ends", "ended 0"),
  ])
  func `carries a connection as TCP has it`(situation: String, outcome: String) async throws {
    let command = Command(
      "python3", ["-c", Self.script, BuiltProgram.path("hardtack-relay").string, situation])
    #expect(try await command.output() == Array("\(outcome)\n".utf8))
  }

  @Test func `needs no more than the C library to start`() async throws {
    let program = BuiltProgram.path("hardtack-relay").string
    #expect(try await Command(program).run().status == 0)
    #expect(try await Command(program, ["one"]).run().status == 64)
    let libraries = try await Command("ldd", [program]).run().outputText
    #expect(!libraries.contains("libswift"), "\(libraries)")
  }
}
