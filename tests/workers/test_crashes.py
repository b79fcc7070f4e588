"""Workers that die, sleep or lose their queue: no digest is lost, and none comes twice."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tests import factories
from tests.cast import Cast
from tests.starting import Begun
from tests.workers.conftest import Outbox, lapse, owe, unsettled, until
from tests.workers.dying import POINTS
from tracker.domain.deliveries import queries
from tracker.domain.deliveries.tables import Delivery, DeliveryState, Lane
from tracker.domain.digests import actions
from tracker.domain.digests.rules import Schedule
from tracker.embedded import servers
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("reads")]

NAMES = ("seoul_mayor", "nairobi_mayor", "nairobi_cio", "lima_mayor", "officer")


async def crash(outbox: Outbox, points: Mapping[str, int]) -> None:
    """Let a worker die at each point of a delivery, all at once."""
    lasting = replace(outbox.settings, delivery_lease_seconds=5)  # what the environment may say
    deaths = (f"{delivery}:{point}" for point, delivery in points.items())
    dying = Begun("tests.workers.dying", *deaths, settings=lasting)
    assert await asyncio.to_thread(dying.wait, 30) == 0


async def deliveries() -> list[dict[str, Any]]:
    """Those of digests, in their order."""
    return await Delivery.select().where(Delivery.kind == "digest").order_by(Delivery.id)


async def test_worker_killed_at_any_point_loses_nothing_and_doubles_nothing(
    cast: Cast, outbox: Outbox
) -> None:
    await factories.joint_project(cast, "active")
    points = dict(zip(POINTS, await owe(cast, *NAMES), strict=True))
    await crash(outbox, points)
    states = dict(zip(POINTS, [each["state"] for each in await deliveries()], strict=True))
    assert states == {
        "claimed": "due",
        "composed": "ready",
        "before DATA": "sending",
        "before the dot": "in_doubt",
        "after the dot": "in_doubt",
    }
    frozen = {each["id"]: each["message"] for each in await deliveries() if each["message"]}
    await outbox.drain()
    found = await deliveries()
    assert {each["state"] for each in found} == {"sent"}
    assert [outbox.copies(each["message_id"]) for each in found] == [1] * len(POINTS)
    assert all(each["message"] == frozen.get(each["id"], each["message"]) for each in found)
    doubts = dict(zip(POINTS, [each["doubts"] for each in found], strict=True))
    assert {point for point, count in doubts.items() if count} == {"before the dot"}


async def test_without_a_witness_a_doubtful_mail_goes_again_and_is_counted(
    cast: Cast, outbox: Outbox
) -> None:
    """The same crash doubles a mail here: so the test above would see it if it could."""
    [delivery] = await owe(cast, "seoul_mayor")
    await crash(outbox, {"after the dot": delivery})
    blind = replace(outbox, settings=replace(outbox.settings, outbox_dir=None))
    await blind.drain(lapsed=True)
    [found] = await deliveries()
    assert (found["state"], found["doubts"]) == ("sent", 1)
    assert outbox.copies(found["message_id"]) == 2


async def test_two_workers_at_once_send_each_mail_once(cast: Cast, outbox: Outbox) -> None:
    await owe(cast, *NAMES)
    await asyncio.gather(*(deliver_batch(outbox.settings, Lane.BULK) for _ in range(4)))
    assert len(outbox.mails()) == len(NAMES)
    assert (await queries.counts())[DeliveryState.SENT] == len(NAMES)


def _sleeping(delivery: int, settings: Settings) -> subprocess.Popen[bytes]:
    """A child of ours, because nobody else is told that it sleeps."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.workers.sleeping", str(delivery)],
        env=os.environ | settings.to_environment(),
    )


async def test_worker_that_slept_past_its_lease_writes_nothing(cast: Cast, outbox: Outbox) -> None:
    [delivery] = await owe(cast, "seoul_mayor")
    environment = replace(outbox.settings, delivery_lease_seconds=5)
    sleeper = _sleeping(delivery, environment)
    try:
        _, status = await asyncio.to_thread(os.waitpid, sleeper.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert [each["state"] for each in await deliveries()] == ["sending"]
        await outbox.drain()
        before = await deliveries()
        sleeper.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(sleeper.wait, 30) == 0
        assert await deliveries() == before
        assert outbox.copies(before[0]["message_id"]) == 1
    finally:
        sleeper.kill()


async def settled() -> bool:
    return not await unsettled()


async def subscribe(cast: Cast) -> None:
    for name in NAMES:
        await actions.subscribe(cast[name], cast[name].person_id or 0, Schedule())
    await Delivery.raw("UPDATE digest_subscription SET created_at = now() - interval '8 days'")


async def test_worker_sends_what_falls_due_and_stops_when_told(
    cast: Cast, outbox: Outbox, redis: Redis
) -> None:
    await subscribe(cast)
    worker = Begun("tracker", "worker", settings=replace(outbox.settings, delivery_lease_seconds=5))
    try:

        async def sent() -> bool:
            return (await queries.counts()).get(DeliveryState.SENT) == len(NAMES)

        await until(sent)
        worker.send_signal(signal.SIGTERM)
        began = time.monotonic()
        await asyncio.to_thread(worker.wait, 10)
        assert time.monotonic() - began < 5
    finally:
        worker.kill()
    assert len(outbox.mails()) == len(NAMES)


async def test_killed_worker_is_made_up_for_by_the_next(
    cast: Cast, outbox: Outbox, redis: Redis
) -> None:
    settings = replace(outbox.settings, delivery_lease_seconds=5)
    for _ in range(6):
        await owe(cast, *NAMES)
        await Delivery.raw("UPDATE delivery SET key = 'no ' || id WHERE message IS NULL")
        await Delivery.raw("UPDATE digest_issue SET period_key = 'T' || id")
    worker = Begun("tracker", "worker", settings=settings)
    try:

        async def under_way() -> bool:
            return (await queries.counts()).get(DeliveryState.SENT, 0) >= 3

        await until(under_way)
        worker.kill()
        worker.wait()
        await lapse()
        worker = Begun("tracker", "worker", settings=settings)
        await until(settled)
    finally:
        worker.kill()
        worker.wait()
    found = await deliveries()
    assert {each["state"] for each in found} == {"sent"}
    assert [outbox.copies(each["message_id"]) for each in found] == [1] * 30


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a server's own account may work, which is not below pytest's folders."""
    with tempfile.TemporaryDirectory(prefix="tracker-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


async def test_worker_without_its_queue_ends_for_the_supervisor_to_start_it_again(
    outbox: Outbox, folder: Path
) -> None:
    own = replace(outbox.settings, redis_url=None, data_dir=folder, delivery_lease_seconds=5)
    with servers(own, durable=False) as settings:
        worker = Begun("tracker", "worker", settings=settings)
        assert settings.redis_url
        async with Redis.from_url(settings.redis_url) as client:
            await until(lambda: client.exists("arq:queue:health-check"))
            await client.shutdown(nosave=True)
        assert await asyncio.to_thread(worker.wait, 20) == 1
