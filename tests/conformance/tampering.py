"""Tampering with the audit trail: every column of events and seals, rows dropped, put in, swapped,
the chain cut off. Each is done by the owner of the database with triggers off, looked for, and
undone; nothing may be found of a trail that nobody touched."""

from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from tests.conformance.rows import Row
from tests.conformance.server import Server
from tracker.domain.database import connected
from tracker.domain.events import chain
from tracker.domain.events.chain import Finding, Head
from tracker.embedded import servers
from tracker.settings import Settings

COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "verb": "verb || 'x'",
    "actor": "CASE WHEN actor IS NULL THEN 1 END",
    "on_behalf_of": "CASE WHEN on_behalf_of IS NULL THEN 1 END",
    "subject_type": "subject_type || 'x'",
    "subject_id": "subject_id + 1",
    "subject_version": "coalesce(subject_version, 0) + 1",
    "project": "coalesce(project, 0) + 1",
    "before": "before || '{\"x\": 1}'",
    "after": "after || '{\"x\": 1}'",
    "request_id": "coalesce(request_id, '') || 'x'",
    "xact": "(xact::text::bigint - 1)::text::xid8",
    "id": "-id",
}
"""Column of an event -> another value for it."""

SELDOM = "(SELECT event FROM audit_seal ORDER BY number OFFSET {} LIMIT 1)"

EVENT = (
    "INSERT INTO audit_event (at, verb, subject_type, subject_id, before, after{more})"
    " VALUES (now() - interval '1 hour', 'agree', 'project', 1, '{{}}', '{{}}'{values})"
)


@dataclass(frozen=True)
class Tampering:
    """What is done, as SQL, and whether only a head that was written down tells."""

    name: str
    sql: str
    needs_head: bool = False


def tamperings(middle: int) -> Iterator[Tampering]:
    """All of them, on a chain with a seal of that number in its middle."""
    event = SELDOM.format(middle - 1)
    other = SELDOM.format(middle)
    for column, value in COLUMNS.items():
        yield Tampering(
            f"event.{column}", f"UPDATE audit_event SET {column} = {value} WHERE id = {event}"
        )
    yield Tampering("event.dropped", f"DELETE FROM audit_event WHERE id = {event}")
    yield Tampering(
        "event.dropped_with_its_seal",
        f"DELETE FROM audit_event WHERE id = {event};"
        f"DELETE FROM audit_seal WHERE number = {middle}",
    )
    yield Tampering("event.put_in", EVENT.format(more=", id, xact", values=", -1, '3'"))
    yield Tampering(
        "events.swapped",
        f"WITH a AS (SELECT * FROM audit_event WHERE id = {event}),"
        f" b AS (SELECT * FROM audit_event WHERE id = {other})"
        " UPDATE audit_event e SET at = o.at + interval '1 s', verb = o.verb, actor = o.actor,"
        " subject_type = o.subject_type, subject_id = o.subject_id, before = o.before,"
        " after = o.after"
        " FROM (SELECT a.id AS target, b.* FROM a, b UNION ALL SELECT b.id, a.* FROM a, b) o"
        " WHERE e.id = o.target",
    )
    yield Tampering(
        "seal.digest",
        f"UPDATE audit_seal SET digest = repeat('a', 64) WHERE number = {middle}",
    )
    yield Tampering("seal.event", f"UPDATE audit_seal SET event = -event WHERE number = {middle}")
    yield Tampering("seal.dropped", f"DELETE FROM audit_seal WHERE number = {middle}")
    yield Tampering(
        "seals.swapped",
        f"UPDATE audit_seal SET number = -number WHERE number IN ({middle}, {middle + 1});"
        f"UPDATE audit_seal SET number = {2 * middle + 1} + number WHERE number < 0",
    )
    yield Tampering(
        "tail.cut",
        f"DELETE FROM audit_event WHERE id IN"
        f" (SELECT event FROM audit_seal WHERE number >= {middle});"
        f"DELETE FROM audit_seal WHERE number >= {middle}",
        needs_head=True,
    )
    yield Tampering(
        "everything.gone", "DELETE FROM audit_event; DELETE FROM audit_seal", needs_head=True
    )
    yield Tampering(
        "personal.value",
        "UPDATE audit_personal SET after = after || '{\"x\": 1}' WHERE event ="
        " (SELECT min(event) FROM audit_personal)",
    )
    yield Tampering(
        "personal.dropped",
        "DELETE FROM audit_personal WHERE event = (SELECT min(event) FROM audit_personal)",
    )


async def found(connection: asyncpg.Connection, *heads: Head) -> list[Finding]:
    """Everything that is found."""
    return [each async for each in chain.findings([connection], heads) if isinstance(each, Finding)]


async def missed(owner: asyncpg.Connection) -> tuple[list[str], int]:
    """The names of what was not found, and how many were tried. Everything is undone."""
    names, tried = [], 0
    head = await chain.head()
    assert head is not None
    assert head.number > 10
    for tampering in tamperings(head.number // 2):
        tried += 1
        undone = owner.transaction()
        await undone.start()
        try:
            await owner.execute("SET LOCAL session_replication_role = replica")
            await owner.execute(tampering.sql)
            if not await found(owner, *((head,) if tampering.needs_head else ())):
                names.append(tampering.name)
        finally:
            await undone.rollback()
    return names, tried


async def check(server: Server) -> list[Row]:
    """On the demonstration's own trail."""
    given = Settings.from_environment({"DATA_DIR": str(server.data_dir), "LOG_LEVEL": "error"})
    with servers(given) as started:
        owner = await asyncpg.connect(started.database_owner_url)
        try:
            async with connected(started):
                await chain.seal()
                control = [each async for each in chain.verify() if isinstance(each, Finding)]
                names, tried = await missed(owner)
        finally:
            await owner.close()
    for finding in control:
        print(f"found without tampering: {finding}")
    for name in names:
        print(f"not found: {name}")
    return [
        Row("audit.tampering_found", tried - len(names), at_least=tried, of=tried),
        Row("audit.untouched_found", len(control), at_most=0),
    ]
