"""A registry that wants tokens, and the server that gives them out, in one.

Usage: token_server.py FOLDER

Prints its port. /token gives a token for `someone` with the password `pass:word` (GET), or for the identity token `refresh`
(POST); without them one that pulls only. /v2/ wants a token that was given out; `expired` in FOLDER makes all older ones void.
FOLDER/log gets one line a request: method, path with query, status; FOLDER/secrets one for each that has a password, a token
or a body.

It can be a hostile one: `realm` in FOLDER is where tokens are said to be given out, `redirect` where requests for blobs and
identity tokens are sent on to, `location` where an upload is said to go on, `range` what is said to be there of it.
"""
import base64
import http.server
import json
import os
import sys
import threading
import urllib.parse

folder = sys.argv[1]
good = "Basic " + base64.b64encode(b"someone:pass:word").decode()
tokens = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, body=b"{}", headers=()):
        with open(folder + "/log", "a") as file:
            file.write(f"{self.command} {self.path} {status}\n")
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def token(self, may_push):
        name = f"token{len(tokens)}"
        tokens[name] = may_push
        self.reply(200, json.dumps({"token": name}).encode())

    def told(self, name):
        try:
            with open(folder + "/" + name) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        if body or self.headers.get("Authorization"):
            with open(folder + "/secrets", "a") as file:
                file.write(f"{self.command} {self.path} {self.headers.get('Authorization')} {body[:200]!r}\n")
        if url.path == "/token" and self.command == "POST" and self.told("redirect"):
            return self.reply(307, headers=[("Location", self.told("redirect") + "/token")])
        if url.path == "/token":
            if self.command == "POST":
                form = urllib.parse.parse_qs(body.decode())
                return self.token(form.get("refresh_token") == ["refresh"])
            given = self.headers.get("Authorization")
            if given not in (None, good):
                return self.reply(401)
            return self.token(given == good)
        with lock:
            if os.path.exists(folder + "/expired"):
                os.unlink(folder + "/expired")
                tokens.clear()
                tokens["void"] = False
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if given not in tokens or (self.command != "GET" and not tokens[given]):
            port = self.server.server_address[1]
            realm = self.told("realm") or f"http://127.0.0.1:{port}/token"
            challenge = f'Bearer realm="{realm}",service="a \\"quoted\\" name",scope="ignored"'
            error = b'{"errors":[{"code":"UNAUTHORIZED","message":"access to the requested resource is not authorized"}]}'
            return self.reply(401, error, [("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", challenge)])
        if self.command == "GET" and url.path == "/v2/":
            return self.reply(200)
        if "/blobs/sha256:" in url.path and self.told("redirect"):
            return self.reply(307, headers=[("Location", self.told("redirect") + url.path)])
        if self.command in ("POST", "PATCH") and self.told("location"):
            return self.reply(202, headers=[("Location", self.told("location")), ("Range", self.told("range") or "0-0")])
        return self.reply(404 if self.command in ("GET", "HEAD") else 201)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
