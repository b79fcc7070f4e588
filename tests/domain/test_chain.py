"""The hash chain over the audit trail: what is sealed when, and that whatever is done to the trail
is found."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from tests import factories
from tests.cast import Cast, email
from tests.conformance.tampering import found, missed
from tests.conftest import empty
from tracker import migrations
from tracker.domain.audit import AuditEvent
from tracker.domain.database import fetch
from tracker.domain.errors import Invalid
from tracker.domain.events import chain, personal
from tracker.domain.events.chain import Finding, Head
from tracker.domain.leaving.erasure import erase
from tracker.domain.people import passwords
from tracker.domain.people.actions import edit_profile
from tracker.domain.people.profiles import Profile
from tracker.domain.projects import lifecycle
from tracker.graphql.live import wakes


async def _verified(*heads: Head) -> list[str]:
    return [str(each) async for each in chain.verify(heads) if isinstance(each, Finding)]


async def _sealed() -> list[int]:
    return [row["event"] for row in await fetch("SELECT event FROM audit_seal ORDER BY number")]


async def test_every_tampering_is_found(cast: Cast, connection: asyncpg.Connection) -> None:
    await factories.joint_project(cast, "active", anew=True)
    await edit_profile(cast.nairobi_cio, cast.nairobi_cio.person_id or 0, Profile(name="Wanjiru"))
    await chain.seal()
    assert await _verified() == []
    names, tried = await missed(connection)
    assert names == []
    assert tried >= 25
    assert await _verified() == []


async def test_one_change_is_one_finding(cast: Cast, connection: asyncpg.Connection) -> None:
    await factories.joint_project(cast, "active", anew=True)
    await chain.seal()
    event = (await _sealed())[5]
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(f"UPDATE audit_event SET verb = 'x' WHERE id = {event}")
        assert await found(connection) == [Finding(event, "not what seal 6 was made over")]


async def test_events_are_sealed_once_and_in_order(cast: Cast) -> None:
    await factories.joint_project(cast, "active", anew=True)
    await asyncio.gather(*(chain.seal() for _ in range(5)))
    await chain.seal()
    rows = await AuditEvent.select(AuditEvent.id).order_by(AuditEvent.id)
    assert await _sealed() == [row["id"] for row in rows]
    assert await chain.seal() == 0


MANY = """
INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after)
SELECT now(), 'note', 'sector', n, '{}', '{}' FROM generate_series(1, 3000) n
"""

LOOKED_AT = """
SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
FROM pg_stat_xact_user_tables WHERE relname IN ('audit_event', 'audit_seal')
"""


async def test_sealing_and_verifying_look_at_each_event_alone_though_none_were_counted(
    cast: Cast, connection: asyncpg.Connection, cleaner: asyncpg.Connection
) -> None:
    await connection.execute(MANY)
    await chain.seal()
    await empty(cleaner)
    await connection.execute("ANALYZE audit_event, audit_seal")
    await connection.execute(MANY)
    async with connection.transaction():
        sealed = [await connection.fetchval("SELECT audit_seal_next(1000)") for _ in range(3)]
        looked_at = await connection.fetchval(LOOKED_AT)
    assert sealed == [1000] * 3
    assert looked_at < 5 * 3000
    async with connection.transaction():
        assert await found(connection) == []
        looked_at = await connection.fetchval(LOOKED_AT)
    assert looked_at < 30 * 3000


async def test_what_commits_late_is_not_passed_over(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    """Its number is lower than that of others that were there to be sealed before it."""
    project = await factories.joint_project(cast, "under_review", anew=True)
    await chain.seal()
    before = await _sealed()
    async with connection.transaction():
        late = await connection.fetchval(
            "INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after)"
            " VALUES (now(), 'late', 'city', 1, '{}', '{}') RETURNING id"
        )
        await lifecycle.return_(cast.officer, project.id, "Say who pays.")
        await chain.seal()
        assert await _sealed() == before
    await chain.seal()
    assert (await _sealed())[len(before)] == late
    assert await _verified() == []


async def test_heads_that_were_written_down(cast: Cast) -> None:
    await factories.joint_project(cast, "draft", anew=True)
    await chain.seal()
    head = await chain.head()
    assert head
    assert Head.read(f"2026-11-25 {head}") == head
    assert Head.read("nothing") is None
    assert await _verified(head) == []
    longer = Head(head.number + 1, head.digest)
    other = Head(head.number, "0" * 64)
    assert len(await _verified(longer)) == len(await _verified(other)) == 1


async def test_trail_from_a_restored_dump_goes_on(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    """There, transactions are counted anew: what was sealed and what was not come from numbers
    that have not been yet."""
    await factories.joint_project(cast, "draft", anew=True)
    await chain.seal()
    await factories.joint_project(cast, "draft", anew=True)
    # Bypasses the trail's own numbers as the dump of a busier server would.
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM audit_seal")
        await connection.execute(
            "UPDATE audit_event SET xact = (xact::text::bigint + 1000000)::text::xid8"
        )
    await chain.seal()
    old = len(await _sealed())
    await factories.joint_project(cast, "draft", anew=True)
    await chain.seal()
    await chain.seal()
    assert len(await _sealed()) == await AuditEvent.count() > old
    assert await _verified() == []


async def test_unsealed_events_are_told_of_after_a_minute(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    await factories.joint_project(cast, "draft", anew=True)
    await chain.seal()
    event = await connection.fetchval(
        "INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after) VALUES"
        " (now() - interval '2 minutes', 'x', 'city', 1, '{}', '{}') RETURNING id"
    )
    [finding] = await _verified()
    assert finding.startswith(f"event {event}: not sealed for more than a minute")
    await chain.seal()
    assert await _verified() == []


async def test_event_dropped_before_it_was_sealed(
    cast: Cast, connection: asyncpg.Connection
) -> None:
    project = await factories.joint_project(cast, "under_review", anew=True)
    await chain.seal()
    await lifecycle.return_(cast.officer, project.id, "Say who pays.")
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM audit_event WHERE verb = 'return'")
        [finding] = await found(connection)
    assert f"project {project.id} is at version" in finding.says


async def _told(event: int) -> dict[str, Any]:
    text = f"SELECT {personal.shown('e', 'after')} AS told FROM audit_event e WHERE e.id = $1"
    [row] = await fetch(text, event)
    return dict(json.loads(row["told"]))


async def test_personal_values_are_erased_and_the_chain_holds(cast: Cast) -> None:
    person = cast.nairobi_cio.person_id or 0
    await edit_profile(cast.nairobi_cio, person, Profile(name="Wanjiru Kamau"))
    event = (await AuditEvent.select().order_by(AuditEvent.id))[-1]
    assert "Wanjiru" not in str(event)
    assert (await _told(event["id"]))["name"] == "Wanjiru Kamau"
    await chain.seal()
    await erase(cast.administrator, person)
    assert await _told(event["id"]) == {}
    await chain.seal()
    assert await _verified() == []


async def test_nothing_is_erased_without_saying_so(cast: Cast) -> None:
    person = cast.nairobi_cio.person_id or 0
    await edit_profile(cast.nairobi_cio, person, Profile(name="Wanjiru Kamau"))
    event = (await AuditEvent.select().order_by(AuditEvent.id))[-1]["id"]
    for number in (event, await _forged(person), await _forged(0)):
        with pytest.raises(asyncpg.RaiseError, match="stands in the trail, first"):
            await personal.erase(number)
    assert (await _told(event))["name"] == "Wanjiru Kamau"


async def _forged(person: int) -> int:
    """An event that says that somebody was forgotten, who was not."""
    [row] = await fetch(
        "INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after)"
        " VALUES (now(), 'erase', 'person', $1, '{}', '{}') RETURNING id",
        person,
    )
    return int(row["id"])


def test_every_column_of_an_event_is_sealed() -> None:
    columns = {each._meta.db_column_name for each in AuditEvent._meta.columns}
    assert all(f"e.{name}" in chain.CANONICAL for name in columns)


async def test_refused_sign_in_is_in_the_trail(cast: Cast) -> None:
    with pytest.raises(Invalid):
        await passwords.sign_in(email("nairobi_cio"), "not my password", request_id="req-1")
    event = (await AuditEvent.select().order_by(AuditEvent.id))[-1]
    assert (event["verb"], event["subject_id"], event["actor"], event["request_id"]) == (
        "refuse_sign_in",
        cast.nairobi_cio.person_id,
        None,
        "req-1",
    )
    assert "not my password" not in str(await _told(event["id"]))
    with pytest.raises(Invalid):
        await passwords.sign_in("nobody@example.org", "not my password")
    assert (await AuditEvent.select().order_by(AuditEvent.id))[-1]["id"] == event["id"]


async def test_sealing_has_a_lock_of_its_own(cast: Cast, connection: asyncpg.Connection) -> None:
    """Who hears of live events holds theirs for as long as a server runs, this run's maybe."""
    await factories.joint_project(cast, "draft", anew=True)
    async with connection.transaction():
        for key in (migrations.LOCK, wakes.LOCK):
            await connection.execute("SELECT pg_try_advisory_xact_lock($1)", key)
        assert await chain.seal() > 0
