"""A relay that keeps what it accepts, and a reader for it."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from tests.cast import Cast
from tests.graphql.conftest import reads
from tests.relay import Relay, mails
from tests.workers.channels import channel
from tracker.domain.database import fetch
from tracker.domain.deliveries.queries import unsettled
from tracker.domain.deliveries.tables import Lane
from tracker.domain.digests import actions
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

__all__ = ["channel", "outbox", "posting", "reads", "unsettled"]

LEASE_SECONDS = 4
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
        return sorted(mails(self.folder), key=lambda each: str(each["To"]))

    def copies(self, message_id: str) -> int:
        """How often the mail was accepted."""
        name = hashlib.sha256(message_id.encode()).hexdigest()
        return len(list(self.folder.glob(f"{name}.*.eml")))

    def bodies(self, address: str) -> tuple[str, str]:
        """Text and HTML of the only mail to the address."""
        [mail] = [each for each in self.mails() if address in each["To"]]
        plain, html = (cast(EmailMessage, part) for part in mail.iter_parts())
        return plain.get_content(), html.get_content()

    async def drain(self, *, lapsed: bool = False) -> None:
        """Work until nothing is left to be sent. What crashed workers held is waited for, unless
        their leases have `lapsed`."""
        if lapsed:
            await lapse()
        async with asyncio.timeout(90):
            while await unsettled():
                if not sum([await deliver_batch(self.settings, lane) for lane in Lane]):
                    await asyncio.sleep(0.1)


async def lapse() -> None:
    """As though all workers had died one lease ago."""
    await fetch("UPDATE delivery SET lease_until = now() WHERE lease_until IS NOT NULL")


async def owe(cast: Cast, *names: str) -> list[int]:
    """A digest each of the period so far, due now: the numbers of their deliveries."""
    owed = [await actions.send_now(cast.system, cast[name].person_id or 0) for name in names]
    return [issue.delivery for issue in owed]


@pytest.fixture
def outbox(settings: Settings, relay: Relay, reads: None, tmp_path: Path) -> Iterator[Outbox]:
    """An empty outbox behind a running relay, and what writes its mails."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    with relay.keeping(folder):
        yield Outbox(
            replace(
                settings,
                smtp_url=relay.url,
                outbox_dir=folder,
                base_url="https://tracker.example.org",
                delivery_lease_seconds=LEASE_SECONDS,
                sweep_seconds=1,
            )
        )


@pytest.fixture
def posting(outbox: Outbox) -> Outbox:
    """An installation that may post to its own network."""
    return replace(outbox, settings=replace(outbox.settings, private_channels=("127.0.0.1",)))


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait for something that other processes do."""
    async with asyncio.timeout(90):
        while not await condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.02)
