"""A proxy before a registry: counts what clients send, and breaks things on order.

Usage: faulty_proxy.py PORT-OF-REGISTRY FOLDER

Prints its port. FOLDER/fault holds what goes wrong, one line each: METHOD, a text that the path has in it, what, and how
often. A fault whose name begins with late- spares the first chunk of an upload. Where an answer was lost, the
proxy puts the address in it in the older one's place, as if the address held no state: docker-registry's does, others' don't.
FOLDER/log gets one line a request: method, path, bytes of the body, status.
"""
import http.client
import http.server
import os
import socketserver
import sys
import threading
import urllib.parse

registry, folder = int(sys.argv[1]), sys.argv[2]
lock = threading.Lock()
places = {}


def upload(path):
    """The part of an upload's address that stays."""
    return path.split("?")[0] if "/blobs/uploads/" in path else None


def fault(method, path, is_first):
    """What is to go wrong with this request; it happens once less from now on."""
    with lock:
        try:
            lines = open(folder + "/fault").read().splitlines()
        except FileNotFoundError:
            return None
        for number, line in enumerate(lines):
            wanted, text, what, times = line.split()
            if what.startswith("late-") and is_first:
                continue
            if method == wanted and text in path and int(times) > 0:
                lines[number] = f"{wanted} {text} {what} {int(times) - 1}"
                with open(folder + "/fault.new", "w") as file:
                    file.write("\n".join(lines) + "\n")
                os.rename(folder + "/fault.new", folder + "/fault")
                return what.removeprefix("late-")
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def note(self, count, status):
        with lock, open(folder + "/log", "a") as file:
            file.write(f"{self.command} {self.path} {count} {status}\n")

    def handle_any(self):
        what = fault(self.command, self.path, self.headers.get("Content-Range", "").startswith("0-"))
        length = int(self.headers.get("Content-Length", 0))
        if what == "cut-request":
            # Half of the body gets through, then both sides are gone.
            half = self.rfile.read(length // 2)
            upstream = http.client.HTTPConnection("127.0.0.1", registry)
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders()
            upstream.send(half)
            upstream.sock.shutdown(2)
            upstream.close()
            self.note(len(half), "cut")
            self.close_connection = True
            self.connection.shutdown(2)
            return
        body = self.rfile.read(length)
        if what == "500":
            self.note(length, 500)
            return self.reply(500, [], b'{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}')
        if what == "flip-request" and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        names = {name for name in self.headers if name.lower() != "expect"}
        headers = {name: ", ".join(self.headers.get_all(name)) for name in names}
        upstream = http.client.HTTPConnection("127.0.0.1", registry)
        path = self.path
        newest = places.get(upload(path))
        if newest:
            rest = path[path.find("&digest=") :] if "&digest=" in path else ""
            path = upload(path) + "?" + newest + rest
        upstream.request(self.command, path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        self.note(length, answer.status)
        if upload(path) and answer.getheader("Location"):
            address = urllib.parse.urlsplit(answer.getheader("Location"))
            places[address.path] = address.query
        if what == "lose-answer":
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if what == "flip-answer" and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        head = [(n, v) for n, v in answer.getheaders() if n.lower() not in ("content-length", "connection")]
        if what == "no-referrers":
            return self.reply(404, [], b"")
        if self.command == "HEAD":
            head.append(("Content-Length", answer.getheader("Content-Length", "0")))
        if what == "truncate-answer":
            self.reply(answer.status, head, content, cut=True)
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self.reply(answer.status, head, content)

    def reply(self, status, head, content, cut=False):
        self.send_response_only(status)
        for name, value in head:
            self.send_header(name, value)
        if self.command != "HEAD" and status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
