"""Serves a folder over HTTP, as an archive or an index would, or as one in trouble would.

What a path does is the content of the folder's file "faults", a line each of MODE and PATH: "half" sends half and hangs up,
"half-once" does so the first time, "flip" changes a byte, "slow" sends half and then waits, "absent" answers 404,
"earlier-once" sends what lies beside it with ".earlier" behind the name, the first time.
Every request is a line of the file "log". A file in slow motion says "half PATH" on standard output.
"""

import http.server
import os
import socket
import sys
import threading
import urllib.parse

folder = sys.argv[1]
lock = threading.Lock()
counts = {}


def faults():
    try:
        with open(os.path.join(folder, "faults")) as file:
            return {path: mode for mode, path in (line.split() for line in file)}
    except FileNotFoundError:
        return {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def head(self, status, length, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def do_GET(self):
        path = urllib.parse.unquote(self.path)
        with lock:
            counts[path] = counts.get(path, 0) + 1
            first_time = counts[path] == 1
            with open(os.path.join(folder, "log"), "a") as log:
                log.write(f"{path} {self.headers.get('Range') or '-'}\n")
        mode = faults().get(path, "ok")
        name = os.path.join(folder, path.lstrip("/"))
        headers = {"ETag": '"one"'}
        if os.path.isdir(name):
            name = os.path.join(name, "index.json")
            headers["Content_Type"] = "application/vnd.pypi.simple.v1+json"
            if not os.path.isfile(name):
                name = name.replace("index.json", "index.html")
                headers["Content_Type"] = "text/html"
        if mode == "earlier-once" and first_time:
            name += ".earlier"
        if mode == "absent" or not os.path.isfile(name):
            self.head(404, 0)
            return
        with open(name, "rb") as file:
            body = file.read()
        if mode == "flip":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if mode == "half" or mode == "slow" or (mode == "half-once" and first_time):
            # With little room on the way, what is sent has for the most part been read at the other end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
            self.head(200, len(body), **headers)
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if mode == "slow":
                print("half", path, flush=True)
                threading.Event().wait(60)
            self.close_connection = True
            return
        asked = self.headers.get("Range", "")
        start = int(asked[6:].split("-")[0]) if asked.startswith("bytes=") else 0
        last = asked[6:].split("-")[1] if start or asked else ""
        end = min(int(last) + 1, len(body)) if last else len(body)
        if asked and start < end:
            headers["Content_Range"] = f"bytes {start}-{end - 1}/{len(body)}"
            self.head(206, end - start, **headers)
            self.wfile.write(body[start:end])
        else:
            self.head(200, len(body), **headers)
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
limit = threading.Timer(600, lambda: os._exit(1))
limit.daemon = True
limit.start()
server.serve_forever()
