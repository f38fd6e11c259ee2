"""A web server that misbehaves as its URLs ask: /MODE/FILE.

Started with a folder; serves its files, prints its port (and "half" in the mode "slow"), and writes a line for each request to
the file "log" there: mode, file, Range and If-Range. Ends by itself after a quarter of an hour.
"""

import gzip
import http.server
import os
import sys
import threading

folder = sys.argv[1]
counts = {}
lock = threading.Lock()
released = threading.Event()


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def head(self, status, length, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def drop(self):
        self.close_connection = True
        self.wfile.flush()

    def do_GET(self):
        _, mode, name = self.path.split("/", 2)
        asked = self.headers.get("Range")
        with lock, open(os.path.join(folder, "log"), "a") as log:
            log.write(f"{mode} {name} {asked or '-'} {self.headers.get('If-Range') or '-'}\n")
        with open(os.path.join(folder, os.path.basename(name)), "rb") as file:
            body = file.read()
        first = int(asked[6:].rstrip("-")) if asked else 0
        tag = '"one"'
        getattr(self, "mode_" + mode.replace("-", "_"))(name, body, first, tag)

    def mode_ok(self, name, body, first, tag):
        if not first:
            self.head(200, len(body), ETag=tag)
            self.wfile.write(body)
        elif first >= len(body):
            self.head(416, 0)
        else:
            rest = body[first:]
            self.head(206, len(rest), ETag=tag, Content_Range=f"bytes {first}-{len(body) - 1}/{len(body)}")
            self.wfile.write(rest)

    def mode_truncate(self, name, body, first, tag):
        self.head(200, len(body))
        self.wfile.write(body[: len(body) // 2])
        self.drop()

    def mode_short(self, name, body, first, tag):
        self.head(200, None)
        self.wfile.write(body[:-1])

    def mode_long(self, name, body, first, tag):
        self.head(200, None)
        self.wfile.write(body + b"!")

    def mode_flip(self, name, body, first, tag):
        body = bytes([body[0] ^ 1]) + body[1:]
        self.head(200, len(body))
        self.wfile.write(body)

    def mode_flip_half(self, name, body, first, tag):
        """Half of something else, then the connection is gone."""
        self.head(200, len(body), ETag=tag)
        self.wfile.write(b"\0" * (len(body) // 2))
        self.drop()

    def mode_ignore_range(self, name, body, first, tag):
        self.head(200, len(body), ETag=tag)
        self.wfile.write(body)

    def mode_wrong_206(self, name, body, first, tag):
        """From the beginning, whatever was asked, and called a part."""
        if first:
            self.head(206, len(body), Content_Range=f"bytes 0-{len(body) - 1}/{len(body)}")
            self.wfile.write(body)
        else:
            self.mode_ok(name, body, 0, tag)

    def mode_unasked_206(self, name, body, first, tag):
        self.head(206, len(body), Content_Range=f"bytes 0-{len(body) - 1}/{len(body)}")
        self.wfile.write(body)

    def mode_wrong_length(self, name, body, first, tag):
        self.head(200, len(body) + 5)
        self.wfile.write(body)
        self.drop()

    def mode_endless(self, name, body, first, tag):
        self.head(200, None)
        try:
            while not released.is_set():
                self.wfile.write(body)
        except OSError:
            pass

    def mode_slow(self, name, body, first, tag):
        """The first half at once, the rest never."""
        self.head(200, len(body), ETag=tag)
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        print("half", flush=True)
        released.wait(60)
        self.drop()

    def mode_loop(self, name, body, first, tag):
        self.head(302, 0, Location=self.path)

    def mode_to_file(self, name, body, first, tag):
        self.head(302, 0, Location="file://" + os.path.join(folder, name))

    def mode_moved(self, name, body, first, tag):
        self.head(302, 0, Location="/ok/" + name)

    def mode_absent(self, name, body, first, tag):
        self.head(404, 4)
        self.wfile.write(b"none")

    def mode_busy(self, name, body, first, tag):
        self.head(503, 4, Retry_After="7")
        self.wfile.write(b"busy")

    def mode_busy_once(self, name, body, first, tag):
        (self.mode_busy if count(self.path) == 1 else self.mode_ok)(name, body, first, tag)

    def mode_drop_once(self, name, body, first, tag):
        (self.mode_slow_drop if count(self.path) == 1 else self.mode_ok)(name, body, first, tag)

    def mode_slow_drop(self, name, body, first, tag):
        self.head(200, len(body), ETag=tag)
        self.wfile.write(body[: len(body) // 2])
        self.drop()

    def mode_headers(self, name, body, first, tag):
        self.send_response(200)
        for number in range(90):
            self.send_header(f"X-{number}", "x" * 20000)
        self.end_headers()
        self.drop()

    def mode_page(self, name, body, first, tag):
        if self.headers.get("If-None-Match") == tag:
            self.head(304, 0, ETag=tag)
        elif "gzip" in self.headers.get("Accept-Encoding", ""):
            packed = gzip.compress(body)
            self.head(200, len(packed), ETag=tag, Content_Encoding="gzip")
            self.wfile.write(packed)
        else:
            self.head(200, len(body), ETag=tag)
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
limit = threading.Timer(900, lambda: os._exit(1))
limit.daemon = True
limit.start()
server.serve_forever()
