"""A relay that keeps what it accepts, and a reader for it."""

import asyncio
import email
import hashlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest

from tests.cast import Cast
from tracker.domain.digests import actions, ledger
from tracker.domain.digests.tables import DigestState
from tracker.graphql import serving
from tracker.settings import Settings
from tracker.workers.digests import deliver_batch

LEASE_SECONDS = 1
"""Short, so that a crash is made up for while a test waits."""


@dataclass(frozen=True)
class Outbox:
    """What the relay accepted, and the settings that lead to it."""

    settings: Settings

    @property
    def folder(self) -> Path:
        assert self.settings.outbox_dir
        return self.settings.outbox_dir

    def mails(self) -> list[EmailMessage]:
        """Every mail accepted, doubles included, by recipient."""
        files = sorted(self.folder.glob("*.eml"))
        found = [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return sorted(found, key=lambda each: str(each["To"]))

    def copies(self, message_id: str) -> int:
        """How often the mail was accepted."""
        name = hashlib.sha256(message_id.encode()).hexdigest()
        return len(list(self.folder.glob(f"{name}.*.eml")))

    def bodies(self, address: str) -> tuple[str, str]:
        """Text and HTML of the only mail to the address."""
        [mail] = [each for each in self.mails() if address in each["To"]]
        plain, html = (cast(EmailMessage, part) for part in mail.iter_parts())
        return plain.get_content(), html.get_content()

    async def drain(self) -> None:
        """Work until nothing is left to be sent, crashed workers' leases included."""
        async with asyncio.timeout(30):
            while await unsettled():
                if not await deliver_batch(self.settings):
                    await asyncio.sleep(0.1)


async def unsettled() -> int:
    """How many issues are neither sent nor failed."""
    counts = await ledger.counts()
    return sum(
        n for state, n in counts.items() if state not in (DigestState.SENT, DigestState.FAILED)
    )


async def owe(cast: Cast, *names: str) -> list[int]:
    """A digest each of the period so far, due now."""
    owed = [await actions.send_now(cast.system, cast[name].person_id or 0) for name in names]
    return [issue.id for issue in owed]


@pytest.fixture
def outbox(settings: Settings, tmp_path: Path) -> Iterator[Outbox]:
    """An empty outbox behind a running relay."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path / "outbox"
    argv = [sys.executable, "-m", "tracker.demo.catcher", "--port", str(port), "--dir", str(folder)]
    process = subprocess.Popen(argv)
    try:
        wait_for(port)
        yield Outbox(
            replace(
                settings,
                smtp_url=f"smtp://127.0.0.1:{port}",
                outbox_dir=folder,
                base_url="https://tracker.example.org",
                delivery_lease_seconds=LEASE_SECONDS,
                sweep_seconds=1,
            )
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@pytest.fixture
async def reads(settings: Settings, cast: Cast) -> AsyncIterator[None]:
    """Documents can be executed."""
    async with serving(settings):
        yield


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait for something that other processes do."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.02)


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on {port}")
