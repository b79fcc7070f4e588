"""A mail relay that keeps what it accepts: one for the run, with a folder for each test.

It runs in a thread of its own, so that tests that block, and processes that tests start, reach it
as well; and it listens on whatever port is free when it does.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tracker.demo.catcher import Keeper


class Relay:
    """aiosmtpd's handler. What comes between two tests is nobody's, and refused."""

    def __init__(self) -> None:
        self.url = ""
        self._keeper: Keeper | None = None

    @contextmanager
    def keeping(self, folder: Path) -> Iterator[None]:
        """Mails end up in the folder for as long as the block lasts."""
        self._keeper = Keeper(folder)
        try:
            yield
        finally:
            self._keeper = None

    @contextmanager
    def deferring(self) -> Iterator[None]:
        """Mails are put off for as long as the block lasts, as greylisting does."""
        keeper, self._keeper = self._keeper, None
        try:
            yield
        finally:
            self._keeper = keeper

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The reply to the end of a mail."""
        if self._keeper is None:
            return "451 4.3.0 no test is on"
        return await self._keeper.handle_DATA(server, session, envelope)


@contextmanager
def relaying() -> Iterator[Relay]:
    """A relay that runs."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # its own, as of another machine
    relay, loop = Relay(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(_listen(relay), loop).result(10)
        relay.url = f"smtp://127.0.0.1:{port}"
        yield relay
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _listen(relay: Relay) -> int:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(relay, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    port: int = server.sockets[0].getsockname()[1]
    return port


def mails(folder: Path) -> list[EmailMessage]:
    """What was accepted into the folder, the oldest first."""
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]
