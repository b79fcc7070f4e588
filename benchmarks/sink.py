"""A mail server that takes everything and keeps nothing: Postfix's smtp-sink where it is or can be
had, else one of our own, which takes fewer."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import free_port

READY_SECONDS = 20


@dataclass(frozen=True)
class Sink:
    """Where it listens, and what it is."""

    url: str
    kind: str


@contextmanager
def sinking(folder: Path) -> Iterator[Sink]:
    """A sink while the block lasts."""
    port = free_port()
    command, environment, kind = _postfix(folder, port) or _own(port)
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        _wait(process, port)
        yield Sink(f"smtp://127.0.0.1:{port}", kind)
    finally:
        process.kill()
        process.wait()


def _postfix(folder: Path, port: int) -> tuple[list[str], dict[str, str], str] | None:
    """smtp-sink as it is installed, or unpacked from Debian's package, of which nothing else
    runs."""
    found, libraries = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin"), ""
    if not found and shutil.which("apt-get") and shutil.which("dpkg"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        subprocess.run(["apt-get", "download", "postfix"], check=False, **quiet)  # type: ignore[call-overload]
        for package in folder.glob("postfix_*.deb"):
            subprocess.run(["dpkg", "-x", package.name, "postfix"], check=False, **quiet)  # type: ignore[call-overload]
        if (folder / "postfix/usr/sbin/smtp-sink").exists():
            found = str(folder / "postfix/usr/sbin/smtp-sink")
            libraries = str(folder / "postfix/usr/lib/postfix")
    if not found:
        return None
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [found, *user, f"127.0.0.1:{port}", "1000"]
    return command, {"LD_LIBRARY_PATH": libraries} if libraries else {}, "smtp-sink"


def _own(port: int) -> tuple[list[str], dict[str, str], str]:
    return [sys.executable, "-m", "benchmarks.sink", str(port)], {}, "own sink"


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    latest = time.monotonic() + READY_SECONDS
    while time.monotonic() < latest and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as probe:
                probe.recv(100)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{process.args!r} takes no mail")


class _Taker(asyncio.Protocol):
    """The least that is SMTP."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._heard, self._in_mail = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while True:
            end = b"\r\n.\r\n" if self._in_mail else b"\r\n"
            line, found, rest = self._heard.partition(end)
            if not found:
                return
            self._heard = rest
            if self._in_mail:
                self._in_mail = False
                self._transport.write(b"250 taken\r\n")
            else:
                self._answer(line[:4].upper())

    def _answer(self, verb: bytes) -> None:
        replies = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n",
                   b"QUIT": b"221 bye\r\n"}  # fmt: skip
        self._in_mail = verb == b"DATA"
        self._transport.write(replies.get(verb, b"250 ok\r\n"))


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Taker, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
