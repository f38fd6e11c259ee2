"""A small HTTP/1.1 application for tests: python3 application_server.py RELEASE [PORT]

Prints its port, and the port where it closes each connection at once.

  /healthz/        200, or 503 after /sick until /well
  /block/NAME      waits until /go/NAME; /awaited/NAME waits for that request
  /slow/SECONDS    waits
  /stall/SECONDS   waits, and lets everybody else wait too
  /status/NUMBER   answers with that status
  /fault/KIND      close, reset, cut, garbled: what comes instead of an answer
  /chunked         an answer in chunks
  /until-end       an answer whose length isn't known
  /idle-close      an answer after which the connection is closed without a word
  /seen            the requests to /fault and to any other path: method, path and body, a line each
"""

import asyncio, socket, struct, sys, time

release = sys.argv[1]
seen, gates, here, well = [], {}, {}, True


def answer(status, body=b"ok\n", extra=b"", length=True):
    head = b"HTTP/1.1 %d X\r\nX-Release: %s\r\n" % (status, release.encode())
    return head + (b"Content-Length: %d\r\n" % len(body) if length else b"") + extra + b"\r\n" + body


def gate(gates, name):
    return gates.setdefault(name, asyncio.Event())


async def one(reader, writer):
    """Whether the connection goes on."""
    global well
    line = await reader.readline()
    if not line:
        return False
    method, target, _ = line.decode().split()
    headers = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, value = line.decode().split(":", 1)
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    words = target.strip("/").split("/")
    goes_on = headers.get("connection") != "close"
    if words[0] == "fault":
        seen.append(f"{method} {target} {body[:200].decode()}\n")
    match words:
        case ["healthz"]:
            writer.write(answer(200 if well else 503))
        case ["sick" | "well" as health]:
            well = health == "well"
            writer.write(answer(200))
        case ["block", name]:
            gate(here, name).set()
            await gate(gates, name).wait()
            writer.write(answer(200))
        case ["awaited", name]:
            await gate(here, name).wait()
            writer.write(answer(200))
        case ["go", name]:
            gate(gates, name).set()
            writer.write(answer(200))
        case ["slow", seconds]:
            await asyncio.sleep(float(seconds))
            writer.write(answer(200))
        case ["stall", seconds]:
            time.sleep(float(seconds))
            writer.write(answer(200))
        case ["status", number]:
            writer.write(answer(int(number)))
        case ["fault", "close"]:
            return False
        case ["fault", "reset"]:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        case ["fault", "cut"]:
            writer.write(answer(200, b"x" * 100)[:-50])
            return False
        case ["fault", "garbled"]:
            writer.write(b"SSH-2.0-server\r\n\r\n")
            return False
        case ["chunked"]:
            writer.write(answer(200, b"5\r\nhello\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n", length=False))
        case ["until-end"]:
            writer.write(answer(200, b"hello", length=False))
            return False
        case ["idle-close"]:
            # Both in one segment: whoever has read the answer can know of the end.
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            writer.write(answer(200))
            return False
        case ["seen"]:
            writer.write(answer(200, "".join(seen).encode()))
        case _:
            seen.append(f"{method} {target} {body[:200].decode()}\n")
            writer.write(answer(200))
    await writer.drain()
    return goes_on


async def serve(reader, writer):
    try:
        while await one(reader, writer):
            pass
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def refuse(reader, writer):
    writer.close()


async def main():
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    closing = await asyncio.start_server(refuse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], closing.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
