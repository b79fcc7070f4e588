"""A relay that takes its time: what waits for it goes once, and keeps nothing else waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiosmtpd.smtp import SMTP
from arq import create_pool
from redis.asyncio import Redis

from tests import factories
from tests.cast import Cast, email
from tests.workers.conftest import LEASE_SECONDS, Outbox, owe, until
from tests.workers.test_stopping import Slow
from tracker.domain.actor import Role
from tracker.domain.database import fetch
from tracker.domain.deliveries import suppressing
from tracker.domain.deliveries.tables import Delivery, DeliveryKind, Lane
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people.actions import grant
from tracker.domain.preferences.actions import choose_mails
from tracker.queue import redis_settings
from tracker.settings import Settings
from tracker.workers import sending, sifting
from tracker.workers.deliveries import deliver, deliver_batch, turns

pytestmark = pytest.mark.usefixtures("database", "reads")

SECONDS = 0.2
"""That the relay takes for a mail; a worker waits for half a lease."""

MAILS = 20
"""More than a worker with one connection has sent when its lease ends."""

WAIT = """
INSERT INTO delivery (address, kind, lane, key, state, message, message_id, answers,
                      created_at, composed_at, next_try_at)
SELECT key || '@example.org', 'account', $2, key, 'ready',
    convert_to('Message-ID: <' || key || E'>\\r\\n\\r\\nSlow\\r\\n', 'UTF8'), '<' || key || '>',
    '{}', now(), now(), now()
FROM (SELECT $2 || md5(random()::text) AS key FROM generate_series(1, $1)) AS mails
"""


async def wait(number: int, lane: Lane = Lane.BULK) -> None:
    """So many more mails are written, and wait to be sent."""
    await fetch(WAIT, number, lane.value)


@asynccontextmanager
async def behind(outbox: Outbox, relay: Slow) -> AsyncIterator[Settings]:
    """One connection to the relay, and nobody who would know what it has taken."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(relay, loop=loop), "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield replace(outbox.settings, smtp_url=url, smtp_connections=1, outbox_dir=None)


async def test_batch_comes_to_its_end_with_its_lease_and_not_amid_a_mail(
    cast: Cast, outbox: Outbox
) -> None:
    relay = Slow(outbox.folder, seconds=SECONDS)
    await wait(MAILS)
    async with behind(outbox, relay) as settings:
        async with asyncio.timeout(2 * LEASE_SECONDS):
            assert await deliver_batch(settings, Lane.BULK) == MAILS
        assert 3 <= len(relay.taken) <= LEASE_SECONDS / SECONDS + 2
        relay.seconds = 0
        await replace(outbox, settings=settings).drain()
    assert len(relay.taken) == len(set(relay.taken)) == MAILS
    assert not await Delivery.exists().where(Delivery.doubts > 0)


@pytest.mark.parametrize(("doubts", "seconds"), [(0, 1.5), (1, 1.5), (5, 24), (100, 6 * 3600)])
async def test_mail_that_is_never_answered_goes_again_ever_more_rarely(
    cast: Cast, outbox: Outbox, doubts: int, seconds: float
) -> None:
    relay = Slow(outbox.folder, seconds=5 * SECONDS)
    await wait(1)
    await Delivery.update({Delivery.doubts: doubts}, force=True)
    async with behind(outbox, relay) as slow:
        await deliver_batch(replace(slow, delivery_lease_seconds=1), Lane.BULK)
    [row] = await fetch(
        "SELECT state, extract(epoch FROM lease_until - now()) AS left FROM delivery"
    )
    assert row["state"] == "in_doubt"
    assert seconds - 1.5 < row["left"] <= seconds + 1.5


@pytest.mark.parametrize(("days", "state"), [(4, "in_doubt"), (6, "failed")])
async def test_mail_that_is_never_answered_is_given_up_after_five_days(
    cast: Cast, outbox: Outbox, days: int, state: str
) -> None:
    relay = Slow(outbox.folder, seconds=5 * SECONDS)
    await wait(1)
    async with behind(outbox, relay) as slow:
        settings = replace(slow, delivery_lease_seconds=1)
        await deliver_batch(settings, Lane.BULK)
        await fetch(
            "UPDATE delivery SET lease_until = now(), tried_at = now() - make_interval(days => $1)",
            days,
        )
        assert await deliver_batch(settings, Lane.BULK) == 1
    [row] = await fetch("SELECT state, doubts, last_error FROM delivery")
    assert (row["state"], row["doubts"]) == (state, 1 if state == "in_doubt" else 0)
    assert (row["last_error"] == sifting.UNANSWERED) == (state == "failed")


async def test_one_batch_of_a_lane_is_held_however_often_it_is_looked_after(
    cast: Cast, outbox: Outbox, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WAITING_MOST", 1)
    relay = Slow(outbox.folder, seconds=SECONDS)
    await wait(6)
    await wait(1, Lane.USUAL)
    async with behind(outbox, relay) as slow:
        settings = replace(slow, delivery_lease_seconds=60)
        pool = await create_pool(redis_settings(settings))
        context = {"settings": settings, "redis": pool, "turns": turns()}
        first = asyncio.create_task(deliver(context, "bulk"))
        await until(lambda: asyncio.sleep(0, len(relay.taken)))
        await wait(2)
        async with asyncio.timeout(SECONDS):
            await deliver(context, "bulk")
        assert await Delivery.count().where(Delivery.lease_until.is_not_null()) == 6
        await deliver(context, "usual")
        await first
        await deliver(context, "bulk")
        await pool.aclose()
    assert len(relay.taken) == len(set(relay.taken)) == 9


async def test_what_changes_while_a_mail_waits_for_its_turn_counts(
    cast: Cast, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FRESH_SECONDS", 0.0)
    await factories.joint_project(cast, "active", title="Bus lanes", confidential=True)
    mayor = cast.lima_mayor
    role = await grant(cast.system, mayor.person_id or 0, cast.nairobi, Role.COORDINATOR)
    names = ("seoul_mayor", "nairobi_mayor", "nairobi_cio", "officer", "lima_mayor")
    numbers = await owe(cast, *names)
    relay = Slow(outbox.folder, seconds=5 * SECONDS)
    async with behind(outbox, relay) as slow:
        settings = replace(slow, delivery_lease_seconds=60)
        batch = asyncio.create_task(deliver_batch(settings, Lane.BULK))
        await until(lambda: asyncio.sleep(0, relay.taken))
        cio = cast.nairobi_cio.person_id or 0
        await choose_mails(cast.nairobi_cio, cio, DeliveryKind.DIGEST, True)
        await choose_mails(cast.nairobi_cio, cio, DeliveryKind.DIGEST, False)
        await suppressing.add(cast.administrator, email("officer"), "Asked.")
        await end_membership(cast.administrator, role.id, left_to_city=True)
        relay.seconds = 0
        await batch
    assert sorted(relay.taken) == sorted(email(each) for each in names[:2])
    # What is written hardly after a role ended is looked at as if it had been before.
    monkeypatch.setattr(sending, "FRESH_SECONDS", 60.0)
    await outbox.drain()
    rows = await Delivery.select().where(Delivery.id.is_in(numbers)).order_by(Delivery.id)
    states = ["sent", "sent", "cancelled", "suppressed", "sent"]
    assert [each["state"] for each in rows] == states
    assert b"Bus lanes" in rows[1]["message"]
    assert b"Bus lanes" not in rows[4]["message"], "written anew"
    assert [outbox.copies(each["message_id"]) for each in rows] == [1, 1, 0, 0, 1]


async def test_mail_is_looked_at_when_the_relay_is_free_for_it(
    cast: Cast, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FRESH_SECONDS", -1.0)
    await wait(2)
    relay = Slow(outbox.folder, seconds=5 * SECONDS)
    async with behind(outbox, relay) as slow:
        settings = replace(slow, delivery_lease_seconds=60)
        batch = asyncio.create_task(deliver_batch(settings, Lane.BULK))
        await until(lambda: asyncio.sleep(0, relay.taken))
        await fetch("UPDATE delivery SET expires_at = now() WHERE state = 'ready'")
        await batch
    assert len(relay.taken) == 1
