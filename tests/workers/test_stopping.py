"""Workers that are told to stop: they end soon, whatever they were at, and nothing is lost, comes
twice or waits for a lease to lapse."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from redis.asyncio import Redis

from tests import factories
from tests.cast import Cast
from tests.starting import Begun
from tests.workers.conftest import Outbox, owe, until
from tests.workers.test_crashes import NAMES, deliveries
from tracker.demo.catcher import keep
from tracker.domain.database import fetch
from tracker.domain.deliveries.posting import post
from tracker.domain.deliveries.tables import Delivery, Lane
from tracker.domain.people.tables import Person
from tracker.settings import Settings

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("reads")]

ENDS_WITHIN = 8.0
"""Seconds: the five that jobs have, and what a loaded machine takes."""


@dataclass
class Slow:
    """A relay that keeps each mail and answers after some seconds, to some readers never."""

    folder: Path
    seconds: float = 0.3
    never: str = "-"
    taken: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        keep(self.folder, cast(bytes, envelope.original_content))
        self.taken.append(envelope.rcpt_tos[0])
        await asyncio.sleep(60 if self.never in envelope.rcpt_tos[0] else self.seconds)
        return "250 2.0.0 kept"


@asynccontextmanager
async def working(outbox: Outbox, relay: Slow) -> AsyncIterator[Begun]:
    """A worker that hands mails to the relay one by one, with leases that outlive the test."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(relay, loop=loop), "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings: Settings = replace(
        outbox.settings, smtp_url=url, smtp_connections=1, delivery_lease_seconds=60
    )
    worker = Begun("tracker", "worker", settings=settings)
    try:
        async with server:
            yield worker
    finally:
        worker.kill()
        worker.wait()


async def stopped(worker: Begun) -> None:
    """Tell it, and see that it ends."""
    worker.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert await asyncio.to_thread(worker.wait, 30) == 0
    assert time.monotonic() - began < ENDS_WITHIN


@pytest.mark.parametrize("never", ["-", "lima_mayor"])
async def test_worker_amid_a_batch_finishes_what_is_at_the_relay_and_gives_the_rest_back(
    cast: Cast, outbox: Outbox, redis: Redis, never: str
) -> None:
    await factories.joint_project(cast, "active")
    for _ in range(8):
        await owe(cast, *NAMES)
        await Delivery.raw("UPDATE delivery SET key = 'no ' || id WHERE message IS NULL")
        await Delivery.raw("UPDATE digest_issue SET period_key = 'T' || id")
    relay = Slow(outbox.folder, never=never)
    async with working(outbox, relay) as worker:

        async def amid() -> bool:
            return len(relay.taken) >= 2 and (never == "-" or any(never in t for t in relay.taken))

        await until(amid)
        await stopped(worker)
    left = [each for each in await deliveries() if each["state"] != "sent"]
    assert len(left) > 20, "it was amid its batch"
    held = [each for each in left if each["lease_token"]]
    assert {each["state"] for each in held} == (set() if never == "-" else {"in_doubt"})
    await fetch("UPDATE delivery SET lease_until = now() WHERE state = 'in_doubt'")
    async with asyncio.timeout(90):
        await outbox.drain()
    found = await deliveries()
    assert {each["state"] for each in found} == {"sent"}
    assert [outbox.copies(each["message_id"]) for each in found] == [1] * len(found)


async def test_worker_finishes_the_link_that_somebody_waits_for(
    cast: Cast, outbox: Outbox, redis: Redis
) -> None:
    person = await Person.objects().get(Person.id == cast.seoul_mayor.person_id)
    assert person
    relay = Slow(outbox.folder, seconds=1.0)
    async with working(outbox, relay) as worker:
        await until(lambda: redis.exists("arq:queue:health-check"))
        await post(person, "sign_in", context={"link": "https://x", "minutes": 9})

        async def handed_over() -> bool:
            return bool(relay.taken)

        await until(handed_over)
        await stopped(worker)
    [found] = await Delivery.select().where(Delivery.lane == Lane.FAST.value)
    assert (found["state"], found["doubts"], found["lease_token"]) == ("sent", 0, None)
    assert len(outbox.mails()) == 1
