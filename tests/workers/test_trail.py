"""Sealing the audit trail: soon after a commit, and whatever happens to whoever seals."""

import asyncio

import asyncpg
import pytest
from redis.asyncio import Redis

from tests import factories
from tests.cast import Cast
from tests.starting import Begun
from tests.workers.conftest import until
from tracker.domain.audit import AuditEvent
from tracker.domain.events import chain
from tracker.domain.events.chain import Finding
from tracker.domain.events.tables import AuditSeal
from tracker.graphql.live import wakes
from tracker.settings import Settings
from tracker.workers import trail

MANY = """
INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after)
SELECT now(), 'note', 'sector', n, '{}', '{}' FROM generate_series(1, 30000) n
"""

SEALER = """
SELECT pid FROM pg_stat_activity
WHERE query LIKE '%audit_seal_next%' AND state = 'active' AND pid <> pg_backend_pid()
"""


async def test_commit_is_sealed_at_once(cast: Cast, settings: Settings, redis: Redis) -> None:
    """Without the timetable, which does not run here."""
    following = [
        asyncio.create_task(trail.follow(settings)),
        asyncio.create_task(wakes.forward(settings, lambda: None)),
    ]
    try:
        await factories.joint_project(cast, "draft", anew=True)

        async def sealed() -> bool:
            return bool(0 < await AuditEvent.count() == await AuditSeal.count())

        await until(sealed)
        await factories.joint_project(cast, "draft", anew=True)
        await until(sealed)
    finally:
        for each in following:
            each.cancel()


@pytest.mark.parametrize("how", ["process", "backend"])
async def test_sealer_killed_in_the_middle_leaves_a_whole_chain(
    cast: Cast, settings: Settings, connection: asyncpg.Connection, how: str
) -> None:
    """As when memory runs out, on either side of the connection."""
    await factories.joint_project(cast, "draft", anew=True)
    await connection.execute(MANY)
    process = Begun("tracker", "audit", "seal", settings=settings)
    while (backend := await connection.fetchval(SEALER)) is None:
        await asyncio.sleep(0.005)
        assert process.lives, "it was through before it could be killed"
    if how == "process":
        process.kill()
    else:
        await connection.execute("SELECT pg_terminate_backend($1)", backend)
    assert await asyncio.to_thread(process.wait, 30) != 0
    assert await _findings() == []
    while await AuditSeal.count() < await AuditEvent.count():
        await chain.seal()
    assert await _findings() == []


async def _findings() -> list[Finding]:
    return [each async for each in chain.verify() if isinstance(each, Finding)]
