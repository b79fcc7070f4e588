"""Several processes share one server of a data folder; the last one out stops it.

Three lock files per kind of server carry this. The kernel drops a lock when its holder dies,
however it dies, so nothing here can go stale:

- `users` is held shared by every process that uses the server. The keeper, a small process of its
  own that is the server's parent, stops the server as soon as it gets this lock for itself.
- `keeper` is held by the keeper while it lives, and contains the server's address once it answers.
- `gate` is held while a process enters, so that only one of them starts a keeper.
"""

import fcntl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tracker.embedded.account import ServerError

ENTER_SECONDS = 120
"""Recovery after a crash may take long; a server that takes longer than this is broken."""

POLL_SECONDS = 0.02


@contextmanager
def shared(kind: str, data_dir: Path, *, durable: bool) -> Iterator[str]:
    """The address of the data folder's server, which runs at least until this is left."""
    locks = data_dir / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
        users = (locks / f"{kind}.users").open("a+")
    except OSError as error:
        raise ServerError(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
    with users:
        with (locks / f"{kind}.gate").open("a+") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping its server
            address = _address(kind, data_dir, locks / f"{kind}.keeper", durable=durable)
        try:
            yield address
        finally:
            _leave(users, locks / f"{kind}.keeper")


def lock_now(file: IO[str], operation: int) -> bool:
    """Take the lock if that is possible without waiting."""
    try:
        fcntl.flock(file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _address(kind: str, data_dir: Path, keeper: Path, *, durable: bool) -> str:
    deadline = time.monotonic() + ENTER_SECONDS
    while time.monotonic() < deadline:
        if not _held(keeper):
            return _start_keeper(kind, data_dir, durable=durable)
        if address := keeper.read_text().strip():
            return address
        time.sleep(POLL_SECONDS)
    raise ServerError(
        f"{kind} in {data_dir} does not answer; see {data_dir / 'servers'}/{kind}.log"
    )


def _start_keeper(kind: str, data_dir: Path, *, durable: bool) -> str:
    """The keeper answers with one line: `ready ADDRESS` or `failed REASON`."""
    argv = [sys.executable, "-m", "tracker.embedded.keeper", kind, str(data_dir)]
    argv += [] if durable else ["--fast"]
    log = data_dir / "locks" / f"{kind}.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(  # noqa: S603 - our own module
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for the processes that use the server
        ) as process,
    ):
        word, _, rest = (process.communicate()[0]).strip().partition(" ")
    if word != "ready":
        raise ServerError(rest or f"the keeper of {kind} broke; see {log}")
    return rest


def _leave(users: IO[str], keeper: Path) -> None:
    """Let go, and wait for the server's end unless somebody else uses it."""
    fcntl.flock(users, fcntl.LOCK_UN)
    while _held(keeper) and not _used(users):
        time.sleep(POLL_SECONDS)


def _used(users: IO[str]) -> bool:
    """Whether another process holds the lock shared; a keeper that is stopping holds it whole."""
    used = not lock_now(users, fcntl.LOCK_EX) and lock_now(users, fcntl.LOCK_SH)
    fcntl.flock(users, fcntl.LOCK_UN)
    return used


def _held(path: Path) -> bool:
    with path.open("a+") as file:
        return not lock_now(file, fcntl.LOCK_EX)
