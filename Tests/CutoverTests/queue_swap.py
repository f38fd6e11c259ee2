"""Swaps the workers of two releases of an application under tasks, as the units of the example's recipe do it.

Usage: queue_swap.py APPLICATION FOLDER COUNT
Runs a RabbitMQ of its own in FOLDER, and prints as JSON what became of the tasks.
"""

from __future__ import annotations

import collections
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

APPLICATION, FOLDER, COUNT = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
HERE = Path(__file__).resolve().parent
RUNS = FOLDER / "runs"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def broker():
    """RabbitMQ, whose name service is its own too, so that nothing of it stays behind."""
    port, names, distribution = free_port(), free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(FOLDER),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "probe@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(FOLDER / "mnesia"),
        "RABBITMQ_LOG_BASE": str(FOLDER / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(FOLDER / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(FOLDER / "rabbitmq"),
    }
    (FOLDER / "plugins").write_text("[].\n")
    (FOLDER / "epmd.port").write_text(str(names))
    with (FOLDER / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/lib/rabbitmq/bin/rabbitmq-server"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    (FOLDER / "broker.group").write_text(str(process.pid))
    try:
        wait_for(lambda: answers(port), 240, "RabbitMQ")
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # It stays for as long as it believes that the node lives.
        wait_for(lambda: has_ended(names), 30, "the end of the name service")


def has_ended(names: int) -> bool:
    subprocess.run(["epmd", "-port", str(names), "-kill"], capture_output=True, check=False)
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", names)) != 0


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as client:
            # What isn't AMQP is answered with the version that is (AMQP 0-9-1, 4.2.2).
            client.sendall(b"AMQP\0\0\0\0")
            return client.recv(4) == b"AMQP"
    except OSError:
        return False


def wait_for(condition, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what} isn't there after {seconds} s")
        time.sleep(0.1)


class Release:
    """A release's credentials, its worker, and what is sent in its name."""

    def __init__(self, name: str, url: str) -> None:
        credentials = FOLDER / name
        credentials.mkdir()
        for key, text in {
            "hardtack.role": "test",
            "hardtack.release": name,
            "hardtack.instance": f"{name}-1",
            "hardtack.image": "sha256:0",
            "app.env": f"DJANGO_SECRET_KEY=probe\nALLOWED_HOSTS=localhost\nBROKER_URL={url}\n",
        }.items():
            (credentials / key).write_text(text)
        self.name = name
        self.log = (FOLDER / f"{name}.log").open("ab")
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{HERE}:{APPLICATION}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "logic.settings",
            "CREDENTIALS_DIRECTORY": str(credentials),
            "STATE_DIRECTORY": str(FOLDER),
            "QUEUE_PROBE_RUNS": str(RUNS),
        }

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *words], cwd=APPLICATION, env=self.environment, stdout=self.log, stderr=self.log
        )

    def do(self, *words: str) -> None:
        if self.start(*words).wait() != 0:
            raise SystemExit(f"{words}: see {self.log.name}")

    def work(self) -> None:
        """As the unit of the worker starts it."""
        self.worker = self.start(
            *"-m celery --app=logic worker --pool=threads --concurrency=2 --include=queue_probe".split(),
            f"--hostname=worker@{self.name}-1",
            *"--loglevel=WARNING --without-gossip --without-mingle".split(),
        )

    def rest(self) -> None:
        """As the unit of the worker stops it: warm."""
        self.worker.send_signal(signal.SIGTERM)
        self.worker.wait()

    def send(self, count: int, first: int) -> subprocess.Popen:
        return self.start(str(HERE / "queue_probe.py"), str(count), str(first))


def runs() -> list[list[str]]:
    return [line.split() for line in RUNS.read_text().splitlines()] if RUNS.exists() else []


def swap(url: str) -> None:
    blue, green = Release("v1", url), Release("v2", url)
    half = COUNT // 2
    blue.work()
    sending = blue.send(half, 0)
    # In the midst of it.
    wait_for(lambda: len(runs()) > half // 4, 240, "a quarter of the work")
    blue.rest()
    # Requests are held now, and those under way are answered: blue's last tasks arrive while nobody works.
    if sending.wait() != 0:
        raise SystemExit(f"tasks could not be sent: see {blue.log.name}")
    sending = green.send(COUNT - half, half)
    green.work()
    # Blue's tasks are finished by blue, however late.
    blue.work()
    blue.do("manage.py", "finish_tasks")
    blue.rest()
    if sending.wait() != 0:
        raise SystemExit(f"tasks could not be sent: see {green.log.name}")
    green.do("manage.py", "finish_tasks")
    green.rest()


def main() -> None:
    with broker() as url:
        swap(url)
    half = COUNT // 2
    seen = collections.Counter((int(line[0]), int(line[2])) for line in runs())
    wanted = {
        (identifier, attempt) for identifier in range(COUNT) for attempt in range(3 if identifier % 3 == 1 else 1)
    }
    strays = [line for line in runs() if line[3] != ("v1" if int(line[0]) < half else "v2")]
    json.dump(
        {
            "wanted": len(wanted),
            "done": len(seen),
            "lost": len(wanted - set(seen)),
            "unasked": len(set(seen) - wanted),
            "doubled": sum(count - 1 for count in seen.values()),
            "by_the_wrong_release": len(strays),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
