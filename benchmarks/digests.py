"""Digests a second, from what falls due to what a mail server has taken, beside the plain way and
beside what that server takes at most.

Ours is the worker that people run: ledger, signatures, frozen bytes. It is waited for until it has
nothing to do; then everybody's digest falls due at once.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from pathlib import Path
from statistics import median

import asyncpg
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis.asyncio import Redis

from benchmarks.generate import portfolio
from benchmarks.processes import peak_mb
from benchmarks.sink import Sink, sinking
from tracker.mail import relaying
from tracker.settings import Settings
from tracker.settings.parse import DkimKey

PROJECTS = 3
"""For each reader: of them, and of their city's other reader, two thirds are under way."""

CITIES_MOST = 34_000
"""So many there are of 15,000 inhabitants or more; of more readers they have more than two each."""

PATIENCE_SECONDS = 900
SWEEP_SECONDS = 60
QUIET_SECONDS = SWEEP_SECONDS + 2
"""For how long nothing was to be sent, when the worker is thought to have nothing to do."""

ROOT = Path(__file__).parent.parent

RESET = """
DELETE FROM digest_issue; DELETE FROM delivery WHERE kind = 'digest';
DELETE FROM digest_subscription
"""
WAITING = """
SELECT count(*) FROM delivery WHERE next_try_at <= now()
AND state IN ('due', 'ready', 'sending', 'in_doubt')
"""
"""Mails to be sent, of whatever kind."""
DUE = """
WITH reader AS (SELECT id FROM person WHERE email LIKE '%@city.example' ORDER BY id LIMIT $1),
former AS (
    INSERT INTO delivery (person, kind, lane, key, state, created_at, next_try_at, sent_at, answers)
    SELECT id, 'digest', 'bulk', 'former', 'sent', at, at, at, '{}'
    FROM reader, (SELECT now() - interval '8 days' AS at) AS a
    RETURNING id, person, sent_at
), told AS (
    INSERT INTO digest_issue (person, kind, period_key, period_from, period_to, delivery,
                              created_at)
    SELECT person, 'periodic', 'former', sent_at - interval '7 days', sent_at, id, sent_at
    FROM former
)
INSERT INTO digest_subscription (person, cadence, weekday, month_day, hour, working_days, active,
                                 created_at)
SELECT id, 'weekly', extract(isodow FROM now() - interval '1 day'), 1, 0, false, true,
       now() - interval '20 days'
FROM reader
"""
"""Readers who got one a week before; nobody's first, which says more."""
TOLD = """
SELECT count(*) FILTER (WHERE state IN ('sent', 'cancelled')) AS done,
       extract(epoch FROM max(sent_at) - min(created_at))::float AS seconds,
       extract(epoch FROM min(sent_at) - min(created_at))::float AS first
FROM delivery WHERE kind = 'digest' AND key <> 'former'
"""
"""A few readers have nothing to be told, which is called off."""


async def measure(
    settings: Settings, readers: int, many: int, rounds: int, folder: Path
) -> dict[str, float]:
    """The figures: medians of interleaved rounds; memory after `many` readers."""
    found: dict[str, list[float]] = {"ours": [], "plain": [], "sink": [], "first": [], "rss": []}
    sizes = {readers: rounds, many: 1} if many != readers else {readers: rounds}
    for size, times in sizes.items():
        cities = min(max(10, size // 2), CITIES_MOST)
        made = await portfolio(settings, PROJECTS * size, cities, ceil(size / cities) - 1)
        with sinking(folder) as sink:
            print(f"  {size:,} readers, into {sink.kind}", flush=True)
            made = _posting(made, sink, folder)
            for _ in range(times):
                rate, first, rss = await _ours(made, size, folder)
                found["rss"].append(rss)
                print(
                    f"  ours {rate:.0f}/s, the first after {first:.1f} s, {rss:.0f} MB", flush=True
                )
                if size != readers:
                    continue
                found["ours"].append(rate)
                found["first"].append(first)
                found["sink"].append(await _taken(made))
                found["plain"].append(_plain(made, size))
                print(
                    f"  plain {found['plain'][-1]:.0f}/s, sink {found['sink'][-1]:.0f}/s",
                    flush=True,
                )
    return {
        "digests.per_second": median(found["ours"]),
        "digests.vs_plain": median(map(_ratio, found["ours"], found["plain"])),
        "digests.vs_sink": median(map(_ratio, found["ours"], found["sink"])),
        "digests.first_seconds": median(found["first"]),
        "digests.rss_mb": max(found["rss"]),
    }


def _ratio(ours: float, others: float) -> float:
    return ours / others


def _posting(made: Settings, sink: Sink, folder: Path) -> Settings:
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "dkim.pem").write_bytes(pem)
    return replace(
        made, smtp_url=sink.url, sweep_seconds=SWEEP_SECONDS, base_url="https://tracker.example.org",
        mail_from="Tracker <tracker@example.org>",
        dkim_keys=(DkimKey("bench", folder / "dkim.pem"),),
    )  # fmt: skip


async def _ours(made: Settings, readers: int, folder: Path) -> tuple[float, float, float]:
    """Digests a second, seconds to the first, and the worker's most memory."""
    database = await asyncpg.connect(made.database_owner_url)
    try:
        await database.execute(RESET)
        async with Redis.from_url(str(made.redis_url)) as redis:
            await redis.flushdb()
        with _worker(made, folder / "worker.log") as process:
            await _awake(made, process)
            await _idle(database, process, folder)
            await database.execute(DUE, readers)
            await _over(database, process, readers, folder)
            told = await database.fetchrow(TOLD)
            return told["done"] / told["seconds"], told["first"], peak_mb(process.pid)
    finally:
        await database.execute(RESET)
        await database.close()


@contextmanager
def _worker(made: Settings, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "worker"],
            env=_environment(made), stdout=output, stderr=output, cwd=ROOT,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:  # a busy machine
            process.kill()
            process.wait()


def _environment(made: Settings) -> dict[str, str]:
    return {**os.environ, **made.to_environment()}


async def _awake(made: Settings, process: "subprocess.Popen[bytes]") -> None:
    async with Redis.from_url(str(made.redis_url)) as redis, asyncio.timeout(90):
        while not await redis.exists("arq:queue:health-check"):
            assert process.poll() is None, "the worker ended"
            await asyncio.sleep(0.1)
    await asyncio.sleep(3)  # what it does once when it starts


async def _idle(
    database: asyncpg.Connection, process: "subprocess.Popen[bytes]", folder: Path
) -> None:
    """Wait until the worker has reminded everybody whom it had to remind of something."""
    quiet, latest = 0, time.monotonic() + PATIENCE_SECONDS
    while quiet < QUIET_SECONDS:
        if process.poll() is not None or time.monotonic() > latest:
            raise RuntimeError((folder / "worker.log").read_text(errors="replace")[-2000:])
        await asyncio.sleep(1)
        quiet = 0 if await database.fetchval(WAITING) else quiet + 1


async def _over(
    database: asyncpg.Connection, process: "subprocess.Popen[bytes]", readers: int, folder: Path
) -> None:
    latest = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < latest and process.poll() is None:
        told = await database.fetchrow(TOLD)
        if told["done"] >= readers:
            return
        await asyncio.sleep(0.2)
    raise RuntimeError((folder / "worker.log").read_text(errors="replace")[-2000:])


async def _taken(made: Settings) -> float:
    """Mails a second that the sink takes over as many connections, one and the same."""
    content = (
        b"Subject: x\r\n\r\n" + b"What a digest weighs, at seventy characters to a line.\r\n" * 540
    )
    left = iter(range(5000))

    async def hand_over() -> None:
        async with relay.connection() as connection:
            for _ in left:
                await connection.begin("reader@city.example", content)
                await connection.finish()

    async with relaying(made) as [relay]:
        began = time.perf_counter()
        await asyncio.gather(*(hand_over() for _ in range(made.smtp_connections)))
        return 5000 / (time.perf_counter() - began)


def _plain(made: Settings, readers: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.plain_digests", str(readers)],
        env=_environment(made), capture_output=True, text=True, check=False, cwd=ROOT,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    rates = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("RATE")]
    if not rates:
        raise RuntimeError(f"the plain way: {done.stdout} {done.stderr[-2000:]}")
    return float(rates[0])
