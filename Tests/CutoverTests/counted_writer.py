"""Writes as an application does, and counts the rows whose writing was acknowledged.

Usage: counted_writer.py PSQL, with DATABASE_URL in the environment. Four sessions insert into `entries`, each connecting again when it
is ended: single rows and, every other time, two in a block. Prints `writing` when the first was acknowledged; after SIGTERM, a
line of JSON with the rows acknowledged, the transactions refused, and the sessions lost.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

done = threading.Event()
began = threading.Event()
counts = {"acknowledged": 0, "refused": 0, "lost": 0}
lock = threading.Lock()


def count(name: str, rows: int = 1) -> None:
    with lock:
        counts[name] += rows


def session(thread: int) -> None:
    process = subprocess.Popen(
        [sys.argv[1], "-XqAtw", "-d", os.environ["DATABASE_URL"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    insert = f"INSERT INTO entries (value) VALUES ({thread})"
    rows = 1
    try:
        while not done.is_set():
            # One message to the server, which has one outcome.
            statement = insert if rows == 1 else f"BEGIN \\; {insert} \\; {insert} \\; COMMIT"
            process.stdin.write(f"{statement};\n\\echo :ERROR\n")
            answer = process.stdout.readline()
            if not answer:
                break
            if answer == "false\n":
                count("acknowledged", rows)
                began.set()
            else:
                count("refused")
                process.stdin.write("ROLLBACK;\n")
            rows = 3 - rows
    except BrokenPipeError:
        pass
    finally:
        process.stdin = None
        process.kill()
        process.wait()
    if not done.is_set():
        count("lost")
        time.sleep(0.01)


def run(thread: int) -> None:
    while not done.is_set():
        session(thread)


signal.signal(signal.SIGTERM, lambda *_: done.set())
threads = [threading.Thread(target=run, args=[thread]) for thread in range(4)]
for thread in threads:
    thread.start()
parent = os.getppid()
while not began.wait(0.1) and not done.is_set() and os.getppid() == parent:
    pass
print("writing", flush=True)
# Whoever wanted to know may have died.
while not done.wait(1):
    if os.getppid() != parent:
        done.set()
for thread in threads:
    thread.join()
print(json.dumps(counts), flush=True)
