"""Valkey (the Redis protocol) in a folder, on a Unix socket."""

import signal
import socket
import time
from pathlib import Path

from tracker.embedded.account import Account, private_folder, sockets
from tracker.embedded.programs import valkey_program

SOCKET = "valkey.sock"

ORPHAN_SECONDS = 10


class Valkey:
    """Keeps jobs and sessions in an append-only file, written out every second."""

    name = "Valkey"
    stops: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGKILL)

    def __init__(self, folder: Path, account: Account, durable: bool) -> None:
        self.account = account
        self.log = folder / "valkey.log"
        self._data = folder / "valkey"
        self._socket = sockets(folder, account, SOCKET) / SOCKET
        self.address = f"unix://{self._socket}"
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "protected-mode": "yes",
            "dir": str(self._data),
            "save": "",
            "appendonly": "yes" if durable else "no",
            "appendfsync": "everysec",
            "daemonize": "no",
        }
        self.command = [str(valkey_program(account))]
        self.command += [part for name, value in options.items() for part in (f"--{name}", value)]

    def prepare(self) -> None:
        """End a server that an earlier keeper left without a parent: two would share a file.

        Valkey itself clears a stale socket and drops a cut end of its append-only file.
        """
        private_folder(self._data, self.account)
        deadline = time.monotonic() + ORPHAN_SECONDS
        while self._ask(b"SHUTDOWN\r\n") is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.log.write_text("")

    def ready(self, pid: int) -> bool:
        """It answers a ping with an error while it still reads its file."""
        return (self._ask(b"PING\r\n") or b"").startswith(b"+PONG")

    def _ask(self, command: bytes) -> bytes | None:
        """The start of the answer, or None if nobody listens."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self._socket))
                connection.sendall(command)
                return connection.recv(16)
            except OSError:
                return None
