"""An application in a process: stand_in.py FOLDER NAME RELEASE WANTED, with the database's URL in DATABASE_URL.

GET / and /healthz/ read, POST /order?ID writes a row once. Its port goes into FOLDER/NAME.port. SIGUSR1 has it migrate: then
FOLDER/NAME.migrated appears. It talks to the database by psql, whose sessions may be ended between two requests.

FOLDER/RELEASE.fault makes a release behave badly: `sick` is never healthy, `half` breaks down in the middle of its
migration, `forgets` confirms orders and stores none, `fails` answers them with an error.
"""
import glob, os, signal, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder, name, release, wanted = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
lock = threading.Lock()
# Not Debian's wrapper, which takes ten times as long to start.
psql = max(glob.glob("/usr/lib/postgresql/*/bin/psql"), default="psql")


class Session:
    process = None

    def ask(self, statement):
        """The statement's rows; an exception where it was refused or the session ended."""
        with lock:
            # As Django's CONN_HEALTH_CHECKS: a session that was ended while it was idle is no request's failure.
            if self.process is None or self.exchange("SELECT 1") != ["1"]:
                self.open()
            rows = self.exchange(statement)
            if rows is None or "failed" in rows:
                raise RuntimeError(f"{statement}: {rows}")
            return rows

    def open(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        environment = dict(os.environ, PGOPTIONS="-c client_min_messages=error")
        self.process = subprocess.Popen(
            [psql, "--no-psqlrc", "-qAt", environment["DATABASE_URL"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)

    def exchange(self, statement):
        try:
            self.process.stdin.write(f"{statement};\n\\if :ERROR\n\\echo failed\n\\endif\n\\echo end\n")
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return None
        rows = []
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == "end":
                return rows
            rows.append(line)
        return None


session = Session()


def has(fault):
    try:
        with open(f"{folder}/{release}.fault") as file:
            return file.read().strip() == fault
    except FileNotFoundError:
        return False


def schema():
    rows = session.ask("SELECT coalesce(max(number), 0) FROM schemas")
    return int(rows[0])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Release", release)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        try:
            known = schema()
            isWell = known >= wanted and not (has("sick") and self.path == "/healthz/")
            self.answer(200 if isWell else 503, f"schema {known} of {wanted}")
        except Exception as error:
            self.answer(503 if self.path == "/healthz/" else 500, str(error))

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        identifier = self.path.partition("?")[2]
        assert all(c.isalnum() or c in "-_." for c in identifier)
        try:
            if has("fails"):
                raise RuntimeError("as it was told")
            if not has("forgets"):
                session.ask(f"INSERT INTO orders VALUES ('{identifier}', '{release}')")
            self.answer(201, "stored")
        except Exception as error:
            self.answer(500, str(error))

    def log_message(self, *arguments):
        pass


def migrate(*_):
    def work():
        try:
            session.ask("CREATE TABLE IF NOT EXISTS schemas (number int PRIMARY KEY)")
            session.ask("CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, release text NOT NULL)")
            if schema() < wanted:
                session.ask(f"ALTER TABLE orders ADD COLUMN IF NOT EXISTS extra_{wanted} int")
                if has("half"):
                    raise RuntimeError("broke down half way")
                session.ask(f"INSERT INTO schemas VALUES ({wanted})")
            outcome = "done"
        except Exception as error:
            outcome = f"failed: {error}"
        with open(f"{folder}/{name}.migrating", "w") as file:
            file.write(outcome)
        os.rename(f"{folder}/{name}.migrating", f"{folder}/{name}.migrated")

    threading.Thread(target=work).start()


signal.signal(signal.SIGUSR1, migrate)
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(f"{folder}/{name}.opening", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(f"{folder}/{name}.opening", f"{folder}/{name}.port")
server.serve_forever()
