"""An installation for real use, over the data of the demonstration."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from tests.conformance.server import Server
from tracker.app import create_app
from tracker.commands import running
from tracker.settings import Settings
from tracker.web.wire import wire

SECONDS_MOST = 60


@contextmanager
def producing(server: Server, **environment: str) -> Iterator[str]:
    """The address of a web server that answers as with PRODUCTION=1; the TLS in front of it is
    left out, and so is the question whether the machine is safe: checks run as any account, over a
    database that lies in DATA_DIR."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    chosen = {
        "DATA_DIR": str(server.data_dir),
        "PORT": str(port),
        "BASE_URL": "https://tracker.test",
        "PRODUCTION": "1",
        **environment,
    }
    log = server.data_dir / f"production-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.production"],
            env={"PATH": os.environ["PATH"], **chosen}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        _wait(process, address, log.read_text)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _serve() -> None:
    settings = Settings.from_environment(dict(os.environ))
    with running(settings) as found:
        uvicorn.run(
            create_app(found), port=found.port, lifespan="on", log_level="error", **wire(found)
        )


def _wait(process: subprocess.Popen[bytes], address: str, told: object) -> None:
    until = time.monotonic() + SECONDS_MOST
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{address}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {told()}")  # type: ignore[operator]


if __name__ == "__main__":
    _serve()
