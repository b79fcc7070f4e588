"""Processes that end with the run, and what they cost: read from /proc."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY_SECONDS = 90
TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1


@contextmanager
def started(command: list[str], environment: dict[str, str], log: Path, port: int) -> Iterator[int]:
    """The process while it serves on the port; its id. It ends with this block, and on Linux with
    this process however that ends. Raises RuntimeError with its log if it does not come up."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=Path(__file__).parent.parent,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
    try:
        _wait(process, log, port)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int, *, gone: bool = False) -> float:
    """Processor time of the process and its children; with `gone`, also of children that ended."""
    return sum(_ticks(each, gone and each == pid) for each in family(pid)) / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of the process and its children, megabytes of 2^20 bytes."""
    pages = 0
    for each in family(pid):
        text = _read(f"/proc/{each}/statm")
        pages += int(text.split()[1]) if text else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_mb(pid: int) -> float:
    """The most memory that the process itself has held so far, megabytes of 2^20 bytes."""
    [line] = [each for each in _read(f"/proc/{pid}/status").splitlines() if each[:6] == "VmHWM:"]
    return int(line.split()[1]) / 1024


def parent(pid: int) -> int:
    """The parent's id: of a PostgreSQL backend, the server's."""
    return int(_read(f"/proc/{pid}/stat").rpartition(")")[2].split()[1])


def family(pid: int) -> list[int]:
    """The process and everything below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(str(task)).split():
            found += family(int(child))
    return found


def _ticks(pid: int, gone: bool) -> int:
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return 0
    return sum(int(each) for each in fields[11 : 15 if gone else 13])


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    """Until it answers HTTP, whatever it says."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(
        f"{process.args!r} does not serve: {log.read_text(errors='replace')[-2000:]}"
    )
