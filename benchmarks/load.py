"""Rounds of load: wrk where it is, or can be had; otherwise load.mjs on Node."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from benchmarks.competitors import NODE, Competitor
from benchmarks.operations import Request
from benchmarks.processes import cpu_seconds

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Round:
    """What one round measured. Times in milliseconds; processor time per request."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float
    requests: int
    bytes: float


class Generator(Protocol):
    """Makes the command of a round."""

    def __call__(self, url: str, clients: int, seconds: int) -> list[str]: ...


def generator() -> Generator:
    """wrk, installed quietly where that takes nothing but apt-get and root."""
    if not shutil.which("wrk") and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], **quiet)  # type: ignore[call-overload]
    if wrk := shutil.which("wrk"):
        script = str(FOLDER / "wrk.lua")
        return lambda url, clients, seconds: [
            *(wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "-s", script, url)
        ]
    print("No wrk here (apt install wrk): Node makes the load and takes more of the machine.",
          file=sys.stderr)  # fmt: skip
    return _node


def _node(url: str, clients: int, seconds: int) -> list[str]:
    where = urlsplit(url)
    return [NODE, str(FOLDER / "load.mjs"), str(where.hostname), str(where.port),
            str(clients), str(seconds)]  # fmt: skip


def prepare(competitor: Competitor, operation: str, requests: list[Request], folder: Path) -> Path:
    """The file of requests that a round draws from."""
    path = folder / f"{competitor.name}.{operation}.requests"
    lines = (
        f"{each.token if competitor.tokens else '-'}\t{competitor.body(operation, each)}\n"
        for each in requests
    )
    path.write_text("".join(lines))
    return path


def measure(
    make: Generator,
    competitor: Competitor,
    operation: str,
    requests: Path,
    *,
    clients: int,
    seconds: int,
    postgres: int,
) -> Round:
    """One round. Raises RuntimeError when an answer failed."""
    url = competitor.url(operation)
    environment = {**os.environ, "BENCH_REQUESTS": str(requests), "BENCH_PATH": urlsplit(url).path}
    before = cpu_seconds(competitor.pid), cpu_seconds(postgres, gone=True)
    done = subprocess.run(
        make(url, clients, seconds), env=environment, capture_output=True, text=True, check=False
    )
    after = cpu_seconds(competitor.pid), cpu_seconds(postgres, gone=True)
    results = [line.split() for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if not results or int(results[0][6]):
        raise RuntimeError(f"{competitor.name} {operation}: {done.stdout} {done.stderr}")
    [_, count, microseconds, p50, p99, received, _] = results[0]
    number = max(int(count), 0.5)  # none came through in time: slower than one a round
    return Round(
        rate=number / (int(microseconds) / 1e6),
        p50=float(p50),
        p99=float(p99),
        server_cpu=(after[0] - before[0]) / number * 1000,
        postgres_cpu=(after[1] - before[1]) / number * 1000,
        requests=int(count),
        bytes=int(received) / number,
    )
