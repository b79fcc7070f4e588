"""A demonstration of its own, started as anybody would start it, for checks to work on."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SECONDS_MOST = 300

KEYS: dict[str, Callable[[], RSAPrivateKey | Ed25519PrivateKey]] = {
    "r2026": partial(generate_private_key, 65537, 2048),
    "e2026": Ed25519PrivateKey.generate,
}
"""Selector -> how the key is made by which mails are signed."""


@dataclass(frozen=True)
class Server:
    """A running demonstration. `base_url` has no slash at its end."""

    base_url: str
    data_dir: Path

    @property
    def api(self) -> str:
        """The address of the GraphQL API."""
        return f"{self.base_url}/graphql"

    @property
    def outbox(self) -> Path:
        """Where the mails are that it has sent."""
        return self.data_dir / "outbox"

    def token(self, email: str) -> str:
        """A fresh API token of the person with this address."""
        return self.said("token", email, "--write")

    def said(self, *command: str) -> str:
        """What a command of the tracker prints here."""
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *command, "--data", str(self.data_dir)],
            env=os.environ | _signing(self.data_dir), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """The demonstration on a free port, with its portfolio and story, in a folder of its own, with
    further settings."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-conformance-"))
    folder.chmod(0o711)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tracker", "demo", "--port", str(port), "--data", str(folder)]
    log = folder / "demo.log"
    _make_keys(folder)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output,
            env=_environment() | _signing(folder) | settings,
        )  # fmt: skip
    try:
        _wait(process, log)
        yield Server(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    """Whoever checks asks more than anybody may."""
    no_limit = dict.fromkeys(("LIMIT_API", "LIMIT_SIGN_IN", "LIMIT_MAIL"), "0/1 0/1")
    return {**os.environ, **no_limit}


def _signing(folder: Path) -> dict[str, str]:
    """Its mails come from a domain, and are signed for it."""
    keys = ",".join(f"{name}:{folder / name}.pem" for name in KEYS)
    return {
        "MAIL_FROM": "e-Sharing Tracker <tracker@tracker.example.org>",
        "BOUNCE_ADDRESS": "bounces@tracker.example.org",
        "DKIM_KEYS": keys,
    }


def _make_keys(folder: Path) -> None:
    for name, make in KEYS.items():
        pem = make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the demonstration says that it is ready."""
    until = time.monotonic() + SECONDS_MOST
    while "Ready after" not in log.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the demonstration did not start: {log.read_text()}")
        time.sleep(0.2)


def answers(server: Server) -> bool:
    """Whether the server still answers a plain question."""
    answer = httpx.post(server.api, json={"query": "{ __typename }"}, timeout=10)
    return bool(answer.json() == {"data": {"__typename": "Query"}})
