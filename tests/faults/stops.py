"""Workers that are stopped past their lease and wake when others have done their work: whatever
they still write is fenced off."""

import asyncio
import random
import signal
import time
from datetime import UTC, datetime

from tests.cast import Cast
from tests.conformance.rows import Row
from tests.faults import checker, histories
from tests.faults.ground import played
from tests.faults.histories import Histories
from tests.faults.lives import POINTS, Crew, Life, crew
from tests.faults.relay import relaying
from tests.faults.sowing import hurried, sown, told
from tracker.domain.deliveries.tables import OPEN, Delivery, Lane
from tracker.domain.digests import actions
from tracker.graphql import serving
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

SLEEPERS = 40
TOGETHER = 8
"""Asleep at a time: each keeps its connections."""

PATIENCE_SECONDS = 60

MOMENTS = tuple(point for point in POINTS if point not in ("owed", "composing"))
"""Where a sleeper holds a mail and no transaction, which would keep others away."""


async def trial(seed: int = 0, mails: int = SLEEPERS) -> list[Row]:
    """The whole run."""
    async with played() as (settings, cast):
        return await told(lambda found: run(settings, cast, found, seed, mails))


async def run(
    settings: Settings, cast: Cast, noted: Histories, seed: int, mails: int, mutant: str = ""
) -> list[Row]:
    """Let a worker fall asleep over each of `mails` digests, and tell what the histories say."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    await histories.watch(settings)
    people = await sown(cast, mails)
    await actions.sweep(datetime.now(UTC))
    owed = [row["id"] for row in await Delivery.select(Delivery.id).order_by(Delivery.id)]
    for address in people.values():
        noted.note("owed", to=address)
    with (
        relaying(noted, lambda _: []) as url,
        crew(hurried(settings, url, noted), noted.folder) as workers,
    ):
        async with serving(workers.settings):
            for start in range(0, mails, TOGETHER):
                those = owed[start : start + TOGETHER]
                moments = {each: chance.choice(MOMENTS) for each in those}
                await _slept(workers, noted, moments, mutant)
    await histories.tell(settings, noted)
    return [*checker.judged(noted), checker.fenced(noted, mails)]


async def _slept(workers: Crew, noted: Histories, moments: dict[int, str], mutant: str) -> None:
    """Have workers sleep over these deliveries until another has sent them, and wake them."""
    sleepers = {
        each: workers.begin(Life(point, sign=signal.SIGSTOP, mutant=mutant, only=each))
        for each, point in moments.items()
    }
    for each, process in sleepers.items():
        if await workers.asleep(process):
            noted.note("stops", delivery=each, point=moments[each])
    await _sent(workers.settings, list(moments))
    for each in sleepers:
        noted.note("wakes", delivery=each, at=time.time())
    await workers.wake(list(sleepers.values()))
    workers.end()


async def _sent(settings: Settings, those: list[int]) -> None:
    """Do the work in the sleepers' place, when their leases are over."""
    latest = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < latest:
        await deliver_batch(settings, Lane.BULK, only=those)
        if not await Delivery.count().where(
            Delivery.id.is_in(those), Delivery.state.is_in(list(OPEN))
        ):
            return
        await asyncio.sleep(0.1)
