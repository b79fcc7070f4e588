"""The parent process of one embedded server: starts it, restarts it, stops it when unused.

    python -m tracker.embedded.keeper postgres|valkey DATA_DIR [--fast]

It says `ready ADDRESS` or `failed REASON` on its standard output, once. See `sharing` for the
locks.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tracker.embedded.account import Account, ServerError, find_account, home, spawn
from tracker.embedded.postgres import Postgres
from tracker.embedded.server import Server
from tracker.embedded.sharing import lock_now
from tracker.embedded.valkey import Valkey

POLL_SECONDS = 0.05
READY_SECONDS = 100
RESTART_SECONDS = (0.1, 5.0)
"""The first and the longest pause before a server that died is started again."""

KINDS: dict[str, Callable[[Path, Account, bool], Server]] = {
    "postgres": Postgres,
    "valkey": Valkey,
}


def main() -> int:
    """Keep the server until nobody uses it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    if os.fork():  # the process that asked need not outlive us, nor reap us
        return 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    locks = options.data_dir / "locks"
    with (
        (locks / f"{options.kind}.users").open("a+") as users,
        (locks / f"{options.kind}.keeper").open("a+") as keeper,
    ):
        fcntl.flock(keeper, fcntl.LOCK_EX)
        keeper.truncate(0)
        return _keep(options, users, keeper)


def _keep(options: argparse.Namespace, users: IO[str], keeper: IO[str]) -> int:
    try:
        account = find_account()
        folder = home(options.data_dir, account)
        server = KINDS[options.kind](folder, account, not options.fast)
        process = _start(server)
    except (ServerError, OSError) as error:
        _answer(f"failed {error}")
        return 1
    keeper.write(server.address)
    keeper.flush()
    _answer(f"ready {server.address}")
    _watch(server, process, users)
    # Empty before the lock goes: a new keeper's users must not read an old address.
    keeper.truncate(0)
    return 0


def _answer(line: str) -> None:
    print(" ".join(line.split()), flush=True)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _watch(server: Server, process: subprocess.Popen[bytes], users: IO[str]) -> None:
    """Restart the server when it dies; return when it is stopped because nobody needs it."""
    pause, longest = RESTART_SECONDS
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    while not asked and not lock_now(users, fcntl.LOCK_EX):
        if process.poll() is not None:
            print(
                f"{server.name} ended ({process.returncode}); again in {pause} s", file=sys.stderr
            )
            time.sleep(pause)
            pause = min(pause * 2, longest)
            try:
                process = _start(server)
                pause = RESTART_SECONDS[0]
            except (ServerError, OSError) as error:
                print(error, file=sys.stderr, flush=True)
        time.sleep(POLL_SECONDS)
    _stop(server, process)


def _start(server: Server) -> subprocess.Popen[bytes]:
    server.prepare()
    process = spawn(server.command, server.account, server.log, dies_with_us=server.stops[0])
    deadline = time.monotonic() + READY_SECONDS
    while not server.ready(process.pid):
        if process.poll() is not None:
            raise ServerError(f"{server.name} did not start: {last_line(server.log)}")
        if time.monotonic() > deadline:
            _stop(server, process)
            raise ServerError(f"{server.name} does not answer: {last_line(server.log)}")
        time.sleep(POLL_SECONDS / 5)
    return process


def _stop(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Ask with the server's signals, politely first; each has its own number of seconds."""
    for number, seconds in zip(server.stops, (30, 5, 5), strict=False):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue


def last_line(log: Path) -> str:
    """The last thing a server said that reads like the reason why it ended."""
    lines = log.read_text(errors="replace").splitlines()
    told = [line for line in lines if any(mark in line for mark in ("FATAL", "PANIC", "# "))]
    if any("No space left on device" in line for line in lines):
        return f"the disk is full; free some room and start again (see {log})"
    return f"{(told or lines or ['it said nothing'])[-1].strip()} (see {log})"


if __name__ == "__main__":
    sys.exit(main())
