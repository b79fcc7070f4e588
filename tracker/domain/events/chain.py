"""The hash chain over the audit trail: sealing, and finding what was tampered with.

Seal number n holds

    digest(n) = SHA-256( digest(n-1) as 64 hexadecimal digits, then the event's canonical text )

in UTF-8, where digest(0) is 64 zeros. The canonical text is the event as a JSON array in the form
of PostgreSQL's `jsonb`: number, transaction (text), instant (UTC, microseconds), verb, actor,
on_behalf_of, subject_type, subject_id, subject_version, project, before, after, request_id.

Seals are made after the commit, by the worker, so that no action waits for the one before it.
Whoever owns the database could rewrite trail and chain alike; against that stand the *heads*, last
seals that were written down elsewhere. `tracker audit head` prints one, the worker logs one a day.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import chain as chained
from typing import Any, Self

from tracker.domain.database import DB, fetch
from tracker.domain.events.personal import SUBJECTS

BATCH = 2_000
"""Events that one transaction seals."""

ZERO = "0" * 64

PART = 10_000
"""Seals, or events, that one statement looks at."""

AT_ONCE = 2
"""Connections that look at the same time. PostgreSQL does nearly all of the work, so each fills a
core of it."""

CANONICAL = """jsonb_build_array(e.id, e.xact::text,
    to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.verb,
    e.actor, e.on_behalf_of, e.subject_type, e.subject_id, e.subject_version,
    e.project, e.before, e.after, e.request_id)::text"""
"""The canonical text of an event `e`, by what PostgreSQL brings along alone: a function of ours
could have been replaced by whoever owns the database."""


@dataclass(frozen=True)
class Head:
    """A seal that was the last one at some time, written `NUMBER:DIGEST`."""

    number: int
    digest: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The head that a line ends with; None where there is none."""
        match = re.search(r"(\d{1,9}):([0-9a-f]{64})\s*$", text, re.ASCII)
        return cls(int(match[1]), match[2]) if match else None

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written; `event` is the audit event's number, if known."""

    event: int | None
    says: str

    def __str__(self) -> str:
        return f"event {self.event}: {self.says}" if self.event else self.says


@dataclass(frozen=True)
class Progress:
    """How many parts of the work are done."""

    done: int
    of: int


Look = tuple[Any, ...]
"""A statement that tells of what it finds, as `event` and `says`, and its values."""


async def seal() -> int:
    """Seal what has committed since; how many events. Nothing while another process does."""
    sealed = 0
    while True:
        [row] = await fetch("SELECT audit_seal_next($1) AS sealed", BATCH)
        made: int = row["sealed"]
        sealed += made
        if made < BATCH:
            return sealed


async def head() -> Head | None:
    """The last seal; None before the first."""
    rows = await fetch("SELECT number, digest FROM audit_seal ORDER BY number DESC LIMIT 1")
    return Head(rows[0]["number"], rows[0]["digest"]) if rows else None


async def verify(heads: Sequence[Head] = ()) -> AsyncIterator[Finding | Progress]:
    """Everything that is not as it was written, and in between how far that is, for whoever shows
    progress. `heads` are earlier ones, which must still be in the chain."""
    assert DB.pool, "reads need `connected(settings)` around them"
    async with AsyncExitStack() as stack:
        connections: list[Any] = []
        for _ in range(min(AT_ONCE, DB.pool.get_max_size())):
            connection = await stack.enter_async_context(DB.pool.acquire())
            await stack.enter_async_context(
                connection.transaction(isolation="repeatable_read", readonly=True)
            )
            connections.append(connection)
        await _share_snapshot(connections)
        async for each in findings(connections, heads):
            yield each


async def _share_snapshot(connections: Sequence[Any]) -> None:
    """Have all of them see what the first one sees."""
    snapshot = await connections[0].fetchval("SELECT pg_export_snapshot()")
    for connection in connections[1:]:
        await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")


async def findings(
    connections: Sequence[Any], heads: Sequence[Head] = ()
) -> AsyncIterator[Finding | Progress]:
    """The same on connections with transactions under way that see the same."""
    for connection in connections:
        # Worth it for one long statement, not for many short ones.
        await connection.execute("SET LOCAL jit = off")
    looks = await _looks(connections[0], heads)
    for done in range(0, len(looks), len(connections)):
        turn = looks[done : done + len(connections)]
        told = await asyncio.gather(
            *(each.fetch(*look) for each, look in zip(connections, turn, strict=False))
        )
        for row in chained.from_iterable(told):
            yield Finding(row["event"], row["says"])
        yield Progress(done + len(turn), len(looks))


async def _looks(connection: Any, heads: Sequence[Head]) -> list[Look]:
    """Everything to look at, in parts that take about as long as each other."""
    seals = await _parts(connection, "audit_seal", "number")
    events = await _parts(connection, "audit_event", "id")
    return [
        *((_SEALED, *part) for part in seals),
        (_HEADS, [each.number for each in heads], [each.digest for each in heads]),
        (_UNSEALED,),
        *((each,) for each in await _versions(connection)),
        *((_PERSONAL, list(SUBJECTS), *part) for part in events),
    ]


async def _parts(connection: Any, table: str, column: str) -> list[tuple[int, int]]:
    """The rows by their numbers, some at a time: from (not included), to (included)."""
    rows = await connection.fetch(
        f"SELECT min(n) - 1 AS low, max(n) AS high FROM (SELECT {column} AS n,"  # noqa: S608 - ours
        f" row_number() OVER (ORDER BY {column}) - 1 AS place FROM {table})"
        " GROUP BY place / $1 ORDER BY 1",
        PART,
    )
    return [(row["low"], row["high"]) for row in rows]


# A link is worked out from the digest kept before it, so that one change is one finding and not
# everything behind it. Each event is looked up by its number, whatever else PostgreSQL would rather
# do (reading the whole trail for each part), and outside of the window, which would keep all texts.
_SEALED = f"""
WITH before AS (
    SELECT number, digest FROM audit_seal WHERE number <= $1 ORDER BY number DESC LIMIT 1
), link AS (
    SELECT s.number, s.event, s.digest,
        lag(s.number, 1, coalesce((SELECT number FROM before), 0)) OVER w AS after,
        lag(s.digest, 1, coalesce((SELECT digest FROM before), '{ZERO}')) OVER w AS upon
    FROM audit_seal s WHERE s.number > $1 AND s.number <= $2 WINDOW w AS (ORDER BY s.number)
)
SELECT CASE WHEN number = after + 1 THEN event END AS event, CASE
    WHEN number <> after + 1
        THEN 'seals ' || after + 1 || ' to ' || number - 1 || ' are gone from the chain'
    WHEN NOT EXISTS (SELECT FROM audit_event e WHERE e.id = link.event)
        THEN 'gone; seal ' || number || ' says that it was there'
    ELSE 'not what seal ' || number || ' was made over' END AS says
FROM link
WHERE number <> after + 1
    OR (SELECT encode(sha256(convert_to(upon || {CANONICAL}, 'UTF8')), 'hex')
        FROM audit_event e WHERE e.id = link.event) IS DISTINCT FROM digest
ORDER BY number
"""  # noqa: S608 - composed from constants

_HEADS = """
SELECT s.event, CASE
    WHEN s.number IS NULL THEN 'the chain ends at seal '
        || coalesce((SELECT max(number) FROM audit_seal), 0)
        || '; the head ' || h.number || ' was written down'
    ELSE 'seal ' || s.number || ' is not the head that was written down' END AS says
FROM unnest($1::integer[], $2::text[]) AS h (number, digest)
LEFT JOIN audit_seal s ON s.number = h.number
WHERE s.digest IS DISTINCT FROM h.digest
ORDER BY h.number
"""

# A restored dump counts transactions anew; then no event without a seal can be told to be behind.
# Each event's seal is looked up by its number here, too.
_UNSEALED = """
WITH last AS (
    SELECT e.xact, e.id FROM audit_seal s JOIN audit_event e ON e.id = s.event
    ORDER BY s.number DESC LIMIT 1
)
SELECT e.id AS event, CASE
    WHEN last.xact IS NULL OR (e.xact, e.id) > (last.xact, last.id)
    THEN 'not sealed for more than a minute: no worker runs, or a transaction has been open since'
    ELSE 'put in behind the last seal, among events that were sealed without it' END AS says
FROM audit_event e LEFT JOIN last ON last.xact < pg_snapshot_xmin(pg_current_snapshot())
WHERE (SELECT s.event FROM audit_seal s WHERE s.event = e.id) IS NULL
  AND (e.at < now() - interval '1 minute' OR (e.xact, e.id) <= (last.xact, last.id))
ORDER BY e.id
"""

_PERSONAL = """
SELECT e.id AS event, CASE
    WHEN p.event IS NULL THEN 'its personal values are gone, and no erasure says so'
    WHEN p.erasure IS NOT NULL THEN 'its personal values were erased without an event that says so'
    ELSE 'its personal values are not those that were written' END AS says
FROM audit_event e
LEFT JOIN audit_personal p ON p.event = e.id
LEFT JOIN audit_event x ON x.id = p.erasure AND x.verb = 'erase' AND x.subject_type = 'person'
WHERE e.subject_type = ANY($1::text[]) AND e.id > $2 AND e.id <= $3
  AND CASE WHEN p.event IS NULL THEN e.before::text || e.after::text LIKE '%"sha256:%'
      WHEN p.erasure IS NOT NULL THEN x.id IS NULL
      ELSE e.before IS DISTINCT FROM (
          SELECT coalesce(jsonb_object_agg(key, 'sha256:' || encode(sha256(
              p.salt || convert_to(key || '=' || value::text, 'UTF8')), 'hex')), '{}')
          FROM jsonb_each(p.before)) OR e.after IS DISTINCT FROM (
          SELECT coalesce(jsonb_object_agg(key, 'sha256:' || encode(sha256(
              p.salt || convert_to(key || '=' || value::text, 'UTF8')), 'hex')), '{}')
          FROM jsonb_each(p.after)) END
ORDER BY e.id
"""

# Every action counts its row's version up and tells so: a version that no event tells of belongs
# to one that was taken out, sealed or not.
_VERSIONS = """
WITH told AS (
    SELECT subject_id, min(subject_version) AS first, max(subject_version) AS last,
           count(DISTINCT subject_version) AS versions, max(id) AS event
    FROM audit_event WHERE subject_type = '{table}' AND subject_version IS NOT NULL
    GROUP BY subject_id
)
SELECT told.event, CASE WHEN told.versions <= told.last - told.first
    THEN 'the trail of {words} ' || told.subject_id || ' skips a version before this one'
    ELSE '{words} ' || told.subject_id || ' is at version ' || r.version
         || ', and this last event about it tells of version ' || told.last END AS says
FROM told LEFT JOIN "{table}" r ON r.id = told.subject_id
WHERE told.versions <= told.last - told.first OR r.version > told.last
ORDER BY told.event
"""


async def _versions(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'version'"
        " AND table_schema = current_schema() ORDER BY 1"
    )
    names = [row["table_name"] for row in rows]
    return [_VERSIONS.format(table=name, words=name.replace("_", " ")) for name in names]
