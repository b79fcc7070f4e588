"""How fast the audit trail is verified, beside what can hardly be undercut: PostgreSQL writing the
same canonical texts to one COPY, and one SHA-256 over them."""

import time
from dataclasses import replace
from hashlib import sha256
from statistics import median

import asyncpg

from benchmarks.generate import named
from tracker.domain.database import connected
from tracker.domain.events import chain
from tracker.domain.events.chain import CANONICAL, Finding
from tracker.migrations import migrate
from tracker.settings import Settings

EVENTS = 200_000

# One in five is about an account, so that its values lie beside it.
FILL = f"""
INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after, request_id)
SELECT now() - ({EVENTS} - n) * interval '1 second', 'move',
    CASE n % 5 WHEN 0 THEN 'session' ELSE 'sector' END, n,
    jsonb_build_object('due_on', '2026-11-25', 'state', 'planned', 'moves', n % 7),
    jsonb_build_object('due_on', '2026-12-25', 'state', 'planned', 'moves', n % 7 + 1,
        'reason', 'The permit came later than anybody had expected: ' || n), md5(n::text)
FROM generate_series(1, {EVENTS}) n
"""


async def measure(settings: Settings, rounds: int) -> dict[str, float]:
    """The figures, medians of interleaved rounds over a trail made for it."""
    made = replace(
        settings,
        database_url=named(settings.database_url, "bench_trail"),
        database_owner_url=named(settings.database_owner_url, "bench_trail"),
    )
    server = await asyncpg.connect(settings.database_owner_url)
    try:
        await server.execute("DROP DATABASE IF EXISTS bench_trail WITH (FORCE)")
        await server.execute("CREATE DATABASE bench_trail")
        return await _measured(made, rounds)
    finally:
        await server.execute("DROP DATABASE IF EXISTS bench_trail WITH (FORCE)")
        await server.close()


async def _measured(made: Settings, rounds: int) -> dict[str, float]:
    await migrate(made)
    owner = await asyncpg.connect(made.database_owner_url)
    try:
        async with connected(made):
            await owner.execute(FILL)
            await chain.seal()
            await owner.execute("VACUUM (ANALYZE, FREEZE)")
            pairs = [(await _verified(), await _copied(owner)) for _ in range(rounds + 1)][1:]
    finally:
        await owner.close()
    seconds = median(verified for verified, _ in pairs)
    return {
        "audit.verify_per_second": EVENTS / seconds,
        "audit.verify_vs_copy": median(copied / verified for verified, copied in pairs),
    }


async def _verified() -> float:
    started = time.perf_counter()
    found = [each async for each in chain.verify() if isinstance(each, Finding)]
    assert not found, found[0]
    return time.perf_counter() - started


async def _copied(owner: asyncpg.Connection) -> float:
    digest = sha256()

    async def add(part: bytes) -> None:
        digest.update(part)

    started = time.perf_counter()
    texts = f"SELECT {CANONICAL} FROM audit_event e"
    await owner.copy_from_query(texts, output=add)
    return time.perf_counter() - started
