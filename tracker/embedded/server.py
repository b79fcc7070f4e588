"""What the keeper needs to know about a kind of server."""

import signal
from pathlib import Path
from typing import Protocol

from tracker.embedded.account import Account


class Server(Protocol):
    """One server in one folder; `prepare` before each start."""

    name: str
    address: str
    command: list[str]
    log: Path
    account: Account
    stops: tuple[signal.Signals, ...]

    def prepare(self) -> None:
        """Make what the server needs, clear what an earlier one left. Raises ServerError."""

    def ready(self, pid: int) -> bool:
        """Whether the process answers requests."""
