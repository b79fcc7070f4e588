"""Servers and workers that are away for a while: what fell due meanwhile is sent once each, and
nothing that was acknowledged is lost."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from multiprocessing.context import ForkServerProcess

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.cast import Cast
from tests.conformance.rows import Row
from tests.faults import checker, histories
from tests.faults.asking import asked
from tests.faults.ground import played
from tests.faults.histories import Histories
from tests.faults.lives import Crew, Life, crew
from tests.faults.relay import relaying
from tests.faults.sowing import hurried, sown, told
from tracker.domain.actor import SYSTEM
from tracker.domain.deliveries.queries import unsettled
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.digests import actions
from tracker.domain.digests.tables import Cadence
from tracker.settings import Settings

MAILS = 100
ROUNDS = 5
WORKERS = 2
HARMS = 3
"""At least; as many more as there is time for while mails are owed."""

RECOVERED_SECONDS = 90
"""From a harm to the next mail, at most."""

WEB_BACK_SECONDS = 10
"""For so long the web may answer nothing, at most."""

PATIENCE_SECONDS = 120
BROKEN = (
    *(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError),
    RedisError,
)
"""What a client gets from a server that has just died: also from a pool that has not noticed."""

Harm = Callable[[Settings, random.Random], Awaitable[str]]
"""Does harm to a server, and says which."""


async def trial(seed: int = 0, mails: int = MAILS) -> list[Row]:
    """All three runs."""
    found = []
    for run in (workers_away, redis_away, postgres_away):
        async with played() as (settings, cast):
            rows = await told(_bound(run, settings, cast, seed, mails))
        name = run.__name__
        found += [_renamed(row, name) for row in rows]
    return found


def _bound(
    run: Callable[[Settings, Cast, Histories, int, int], Awaitable[list[Row]]],
    settings: Settings, cast: Cast, seed: int, mails: int,
) -> Callable[[Histories], Awaitable[list[Row]]]:  # fmt: skip
    return lambda noted: run(settings, cast, noted, seed, mails)


def _renamed(row: Row, name: str) -> Row:
    return Row(row.name.replace("delivery.", f"{name}.", 1), row.value, row.at_least, row.at_most,
               row.of)  # fmt: skip


async def workers_away(
    settings: Settings, cast: Cast, noted: Histories, seed: int, mails: int
) -> list[Row]:
    """Digests are asked for again and again while no worker runs; these come even when there is
    nothing new to say."""
    await histories.watch(settings)
    people = await sown(cast, mails // ROUNDS, Cadence.QUARTERLY)
    for _ in range(ROUNDS):
        for person, to in people.items():
            await actions.send_now(SYSTEM, person)
            noted.note("owed", to=to)
        await asyncio.sleep(1)  # they are named by the second
    with (
        relaying(noted, lambda _: []) as url,
        crew(hurried(settings, url, noted), noted.folder) as workers,
    ):
        await _worked(workers, mails // ROUNDS * ROUNDS, lambda: asyncio.sleep(0))
    await histories.tell(settings, noted)
    return [*checker.judged(noted), checker.out_of_order(noted)]


async def redis_away(
    settings: Settings, cast: Cast, noted: Histories, seed: int, mails: int
) -> list[Row]:
    """Redis is killed with all it knew, or emptied, while mails are sent."""
    return await _harmed(settings, cast, noted, seed, mails, _harm_redis)


async def postgres_away(
    settings: Settings, cast: Cast, noted: Histories, seed: int, mails: int
) -> list[Row]:
    """PostgreSQL crashes, or ends connections, while mails are owed and sent."""
    return await _harmed(settings, cast, noted, seed, mails, _harm_postgres)


async def _harmed(
    settings: Settings, cast: Cast, noted: Histories, seed: int, mails: int, harm: Harm
) -> list[Row]:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    await histories.watch(settings)
    people = await sown(cast, mails, Cadence.QUARTERLY)
    async with asked(settings, noted):
        await _worked_through(settings, noted, people, chance, harm)
    await _answering()
    await histories.tell(settings, noted)
    kills = len(noted.read("harms"))
    return [
        *checker.judged(noted),
        Row("delivery.harms", kills, at_least=HARMS),
        checker.recovered(noted, RECOVERED_SECONDS),
        *checker.web_back(noted, WEB_BACK_SECONDS),
    ]


async def _worked_through(
    settings: Settings, noted: Histories, people: dict[int, str], chance: random.Random, harm: Harm
) -> None:
    with (
        relaying(noted, lambda _: []) as url,
        crew(hurried(settings, url, noted), noted.folder) as workers,
    ):
        harming = asyncio.create_task(_again_and_again(settings, noted, chance, harm))
        owing = asyncio.create_task(_owed(noted, people))

        async def over() -> None:
            if owing.done() and len(noted.read("harms")) >= HARMS:
                harming.cancel()

        try:
            await _worked(workers, 0, over, harming)
        finally:
            harming.cancel()
    await owing  # or raise why not all of it was owed


async def _owed(noted: Histories, people: dict[int, str]) -> None:
    """Ask for a digest for each, one after the other, and note what was acknowledged. Of what was
    not, nobody knows whether it is owed."""
    for person, to in people.items():
        try:
            await actions.send_now(SYSTEM, person)
        except BROKEN:
            noted.note("unacknowledged", to=to)
            await asyncio.sleep(0.2)
        else:
            noted.note("owed", to=to)
        await asyncio.sleep(0.1)


async def _again_and_again(
    settings: Settings, noted: Histories, chance: random.Random, harm: Harm
) -> None:
    while True:
        await asyncio.sleep(chance.uniform(0.5, 2))
        with suppress(*BROKEN):
            noted.note("harms", what=await harm(settings, chance), at=time.time())


async def _harm_redis(settings: Settings, chance: random.Random) -> str:
    async with Redis.from_url(settings.redis_url or "") as client:
        if chance.random() < 0.5:
            await client.flushall()
            return "flushed"
        told = await client.info("server")
        os.kill(told["process_id"], signal.SIGKILL)
        return "killed"


async def _harm_postgres(settings: Settings, chance: random.Random) -> str:
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        if chance.random() < 0.6:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                " AND random() < 0.5"
            )
            return "terminated"
        folder = await connection.fetchval("SHOW data_directory")
    finally:
        await connection.close()
    await asyncio.to_thread(_crash, folder)
    return "crashed"


def _crash(folder: str) -> None:
    """As pg_ctl stop -m immediate does."""
    with open(f"{folder}/postmaster.pid") as file:
        os.kill(int(file.readline()), signal.SIGQUIT)


async def _worked(
    workers: Crew, mails: int, each: Callable[[], Awaitable[None]],
    harming: "asyncio.Task[None] | None" = None,
) -> None:  # fmt: skip
    """Keep workers at work, those that ended replaced as a supervisor would, until all is sent."""
    latest = time.monotonic() + PATIENCE_SECONDS + 2 * mails
    alive: list[ForkServerProcess] = []
    while time.monotonic() < latest:
        await each()
        alive = [one for one in alive if one.is_alive()]
        alive += [workers.begin(Life()) for _ in range(WORKERS - len(alive))]
        with suppress(*BROKEN):
            if (
                (harming is None or harming.done())
                and await Delivery.count() >= mails
                and not await unsettled()
            ):
                return
        await asyncio.sleep(0.3)


async def _answering() -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(*BROKEN):
                await unsettled()
                return
            await asyncio.sleep(0.2)
